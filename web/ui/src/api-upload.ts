// The server's uploads as the page uses them; names are those of its OpenAPI document.
import type { FeatureCollection } from "geojson";
import { get, post, received, remove, type Schemas } from "./client";

export type Upload = Schemas["Upload"];
export type UploadState = Upload["state"];
export type Choices = Schemas["Choices"];
export type Defect = Schemas["Defect"];
export type Severity = Defect["severity"];

/** What a hand-over seems to be: kept as it was found, so the document does not say what is in it. */
export interface Found {
  files: { name: string; bytes: number }[];
  tables: {
    file: string;
    records: number;
    encodings: {
      name: NonNullable<Choices["encoding"]>;
      declared: boolean;
      guessed: boolean;
      garbled: number;
      samples: string[];
    }[];
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

/** The like of the report that is made of it. */
interface Reported {
  crs: { source: string; datum: string };
  encoding: Record<string, string>;
  mapping?: Record<string, string>;
  notes?: string[];
}

export type UploadCard = Omit<Schemas["UploadCard"], "found" | "report"> & {
  found: Found | null;
  report: Reported | null;
};

export interface DefectFilter {
  code: string;
  severity: Severity | "";
  q: string;
}

/** How many defects the map shows at once. */
export const shownOnMap = 5000;

const file = (id: string, name: "report.json" | "defects.geojson" | "defects.csv") =>
  `/v1/uploads/${encodeURIComponent(id)}/${name}`;

async function shapes(id: string, f: DefectFilter): Promise<FeatureCollection> {
  const asked = Object.entries({ limit: String(shownOnMap), ...f }).filter(([, v]) => v !== "");
  return (await received(`${file(id, "defects.geojson")}?${new URLSearchParams(asked)}`, { method: "GET" })).json();
}

export const uploads = {
  list: (cursor: string) => get("/v1/uploads", { query: { cursor } }),
  card: async (id: string) => (await get("/v1/uploads/{id}", { path: { id } })) as UploadCard,
  check: async (id: string, body: Choices) =>
    (await post("/v1/uploads/{id}/check", { path: { id }, body })) as UploadCard,
  commit: async (id: string, round: number) =>
    (await post("/v1/uploads/{id}/commit", { path: { id }, body: { round } })) as UploadCard,
  withdraw: (id: string) => remove("/v1/uploads/{id}", { path: { id } }),
  defects: (id: string, f: DefectFilter, after: string) =>
    get("/v1/uploads/{id}/defects", { path: { id }, query: { ...f, after: Number(after) || undefined, limit: 50 } }),
  shapes,
  file,
};
