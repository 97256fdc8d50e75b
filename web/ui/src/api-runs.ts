// Runs of a season's batch as the page uses them; names are those of /openapi.json.

import { get, send } from "./api";

export type RunState = "running" | "paused" | "done" | "failed" | "cancelled";

export interface Run {
  id: number;
  county: string;
  county_name: string;
  season: string;
  state: RunState;
  reason: string;
  created_at: string;
  finished_at: string | null;
  units: number;
  ended: number;
  failed: number;
  publication: number;
  in_force: boolean;
}

export interface StageProgress {
  stage: string;
  units: number;
  done: number;
  skipped: number;
  failed: number;
  running: number;
  waiting: number;
  cancelled: number;
  earlier: number;
  left_s: number | null;
  begun: boolean;
}

export interface RunProgress {
  run: number;
  county: string;
  season: string;
  state: RunState;
  reason: string;
  share: number;
  ended: number;
  units: number;
  failed: number;
  left_s: number | null;
  stages: StageProgress[];
}

export interface RunPlan {
  threads: number;
  to_do: number;
  low_s: number;
  wall_s: number;
  high_s: number;
  memory_bytes: number;
  disk_bytes: number;
  imagery_bytes: number;
  imagery_files: number;
  stages: {
    stage: string;
    units: number;
    done: number;
    at_most: boolean;
    low_s: number;
    wall_s: number;
    high_s: number;
    runs: number;
  }[];
}

export type RunAct = "start" | "pause" | "resume" | "cancel" | "retry";

export interface RunCard extends Run {
  progress: RunProgress;
  plan: RunPlan | null;
  took_s: number | null;
  actual: { stage: string; units: number; wall_s: number }[];
  history: { at: string; actor: string; act: RunAct; state: RunState; reason: string }[];
  before: number;
}

export interface RunItem {
  stage: string;
  item: string;
  state: string;
  reason: string;
  attempts: number;
  poison: boolean;
  retryable: boolean;
}

export interface Rescore {
  id: number;
  county: string;
  season: string;
  state: "asked" | "planned" | "confirmed" | "started" | "refused" | "withdrawn";
  plan: RunPlan | null;
  run: number;
  result: string;
}

export interface Difference {
  before: number;
  after: number;
  up: number;
  down: number;
  same: number;
  new: number;
  gone: number;
  up_fen: number;
  down_fen: number;
  before_fen: number;
  after_fen: number;
  referred: number;
  unreferred: number;
  villages: { code: string; moved: number; before_fen: number; after_fen: number }[];
}

export type Group = "area_match" | "crop" | "yield" | "price_policy" | "finances" | "debts" | "season";

export interface Mover {
  household_id: string;
  household: string;
  village: string;
  move: "up" | "down" | "same" | "new" | "gone";
  before_fen: number | null;
  after_fen: number | null;
  change_fen: number;
  referred_before: boolean;
  referred_after: boolean;
  parts: { group: Group; fen: number }[];
  strongest: Group | "";
  note: string;
}

interface Page<Row> {
  items: Row[];
  next_cursor: string;
}

const asking = (q: Record<string, string | number>) =>
  new URLSearchParams(Object.entries(q).flatMap(([k, v]) => (v === "" || v === 0 ? [] : [[k, String(v)]])));

export const batch = {
  runs: (q: { id: number; county: string; season: string; state: string; cursor: string }) =>
    get<Page<Run>>(`/v1/runs?${asking(q)}`),
  run: (id: number) => get<RunCard>(`/v1/runs/${id}`),
  items: (id: number, q: { state: string; q: string; cursor: string }) =>
    get<Page<RunItem>>(`/v1/runs/${id}/items?${asking(q)}`),
  move: (id: number, act: RunAct, reason: string, item = "", poison = false) =>
    send<{ units: number; run: RunCard }>("POST", `/v1/runs/${id}/moves`, {
      act,
      reason,
      ...(item ? { item } : {}),
      ...(poison ? { poison } : {}),
    }),
  rescores: async () => (await get<{ items: Rescore[] }>("/v1/rescores")).items,
  ask: (county: string, season: string) => send<Rescore>("POST", "/v1/rescores", { county, season }),
  order: (id: number, act: "start" | "withdraw", reason = "") =>
    send<Rescore>("POST", `/v1/rescores/${id}/moves`, { act, ...(reason ? { reason } : {}) }),
  difference: (after: number, before: number) =>
    get<Difference>(`/v1/publications/${after}/difference?before=${before}`),
  movers: (after: number, q: { before: number; village: string; q: string; move: string; cursor: string }) =>
    get<Page<Mover>>(`/v1/publications/${after}/difference/households?${asking(q)}`),
  force: (publication: number, reason: string) =>
    send<{ replaced: number }>("POST", `/v1/publications/${publication}/force`, { reason }),
};
