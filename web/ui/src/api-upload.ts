// The server's uploads as the page uses them; names are those of /openapi.json.
import type { FeatureCollection } from "geojson";
import { type Bounds, get, send } from "./api";

export type UploadState =
  | "receiving"
  | "checking"
  | "checked"
  | "refused"
  | "quarantined"
  | "committing"
  | "committed"
  | "expired"
  | "withdrawn";

export interface Choices {
  encoding?: string;
  crs?: string;
  layer?: string;
  columns?: Record<string, string>;
  area_unit?: string;
}

export interface Upload {
  id: string;
  county: string;
  name: string;
  by: string;
  size: number;
  got: number;
  state: UploadState;
  working: boolean;
  step: string;
  why: string;
  reason: string;
  round: number;
  options: Choices;
  rows: { in: number; accepted: number; corrected: number; quarantined: number } | null;
  release: number | null;
  known: boolean;
  in_force: boolean;
  committed_by: string;
  created_at: string;
  moved_at: string;
  expires_at: string;
}

export interface Found {
  files: { name: string; bytes: number }[];
  tables: {
    file: string;
    records: number;
    encodings: { name: string; declared: boolean; guessed: boolean; garbled: number; samples: string[] }[];
    columns: { name: string; role: string }[];
    rows: string[][];
  }[];
  crs: {
    name: string;
    datum: string;
    lon0: number;
    lon: number;
    lat: number;
    inside: boolean;
    declared: boolean;
    swapped: boolean;
  }[];
}

export type Severity = "error" | "repaired" | "warning";

export interface UploadCard extends Upload {
  found: Found | null;
  report: {
    crs: { source: string; datum: string };
    encoding: Record<string, string>;
    mapping?: Record<string, string>;
    notes?: string[];
  } | null;
  kinds: { code: string; severity: Severity; count: number; fix: string }[];
  placed: number;
  history: { at: string; actor: string; act: string; detail: string }[];
  before: { release: number; source: string; created_at: string; parcels: number; households: number } | null;
  may: string[];
}

export interface Defect {
  seq: number;
  code: string;
  severity: Severity;
  layer: string;
  key: string;
  row: number;
  message: string;
  fix: string;
  original: string;
  bounds: Bounds | null;
}

export interface DefectFilter {
  code: string;
  severity: string;
  q: string;
}

const at = (id: string) => `/v1/uploads/${encodeURIComponent(id)}`;
const which = (f: DefectFilter, more: Record<string, string>) => {
  const params = new URLSearchParams(more);
  for (const [k, v] of Object.entries(f)) if (v) params.set(k, v);
  return params;
};

/** How many defects the map shows at once. */
export const shownOnMap = 5000;

export const uploads = {
  list: (cursor: string) =>
    get<{ items: Upload[]; next_cursor: string; counties: string[]; max_bytes: number }>(
      `/v1/uploads?${new URLSearchParams(cursor ? { cursor } : {})}`,
    ),
  card: (id: string) => get<UploadCard>(at(id)),
  check: (id: string, choices: Choices) => send<UploadCard>("POST", `${at(id)}/check`, choices),
  commit: (id: string, round: number) => send<UploadCard>("POST", `${at(id)}/commit`, { round }),
  withdraw: (id: string) => send<void>("DELETE", at(id)),
  defects: (id: string, f: DefectFilter, after: string) =>
    get<{ items: Defect[]; total: number; next_cursor: string }>(
      `${at(id)}/defects?${which(f, after ? { after, limit: "50" } : { limit: "50" })}`,
    ),
  shapes: (id: string, f: DefectFilter) =>
    get<FeatureCollection>(`${at(id)}/defects.geojson?${which(f, { limit: String(shownOnMap) })}`),
  file: (id: string, name: "report.json" | "defects.geojson" | "defects.csv") => `${at(id)}/${name}`,
};
