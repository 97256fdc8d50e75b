// The server's API as the page uses it; names are those of /openapi.json.

export type Bounds = [west: number, south: number, east: number, north: number];

export interface Account {
  name: string;
  role: string;
  counties: string[];
  via?: string; // password or oidc
  must_change?: boolean; // of a password that somebody else has set
  today?: string; // the day of business, where it isn't the clock's
}

export interface Publication {
  id: number;
  county: string;
  county_name: string;
  currency: string;
  season: string;
  starts: string | null;
  ends: string | null;
  in_force: boolean;
  created_at: string;
  bounds: Bounds | null;
}

export interface Summary {
  parcels: number;
  households: number;
  area_m2: number;
  abstained: number;
  scores: {
    line_fen: number;
    with_line: number;
    referred: number;
    median_fen: number;
    mean_pd: number;
    line_breaks_fen: number[];
  } | null;
  crops: { crop: string; parcels: number; area_m2: number }[];
  villages: {
    code: string;
    name?: string;
    households: number;
    area_m2: number;
    line_fen: number | null;
    bounds: Bounds | null;
  }[];
}

export interface Hit {
  kind: "household" | "parcel" | "village";
  id: string;
  label: string;
  village: string;
  bounds: Bounds | null;
  line_fen: number | null;
}

export interface Household {
  id: string;
  display_name: string;
  village: string;
  parcels: number;
  area_m2: number;
  crop: string;
  line_fen: number | null;
  pd: number | null;
  apr: number | null;
  due_date: string | null;
  referred: boolean | null;
  reasons: string[];
  bounds: Bounds | null;
}

export interface Reason {
  code: string;
  effect_fen: number;
  zh: string;
  en: string;
  lift_zh: string;
  lift_en: string;
}

export interface Decision {
  line_fen: number;
  pd: number;
  apr: number;
  due_date: string | null;
  referred: boolean;
  referral_zh: string;
  referral: string;
  binding: string;
  need_fen: number;
  capacity_fen: number;
  value_fen: number;
  cap_fen: number;
  income: { p10_fen: number; p50_fen: number; p90_fen: number };
  reasons: Reason[];
  parcels_used: number;
  parcels_dropped: { id: string; why: string }[];
}

export interface Parcel {
  id: string;
  name: string;
  area_m2: number;
  crop: string;
  crop_p: number | null;
  abstained: boolean;
  yield_p50: number | null;
  bounds: Bounds | null;
}

export interface HouseholdCard extends Household {
  parcel_list: Parcel[];
  decision: Decision | null;
}

export interface Curve {
  dates: string[];
  ndvi: (number | null)[];
  valid: number[];
  smooth_from: string | null;
  smooth: (number | null)[];
}

export interface Hazard {
  kind: string;
  from: string;
  to: string;
  strength: number;
  loss: number;
  loss_sd: number;
  confirmed: boolean;
  zh: string;
  en: string;
}

export interface ParcelCard extends Parcel {
  household_id: string;
  village: string;
  match_p: number | null;
  reason: string;
  posterior: { crop: string; p: number }[];
  yield_p10: number | null;
  yield_p90: number | null;
  observations: number;
  hazards: Hazard[];
  curve: Curve | null;
  household: Household | null;
  decision: Decision | null;
}

export interface CountyBand {
  crop: string;
  parcels: number;
  dates: string[];
  p10: number[];
  p50: number[];
  p90: number[];
}

export interface Scene {
  scene: string;
  date: string;
  clear_share: number;
  kinds: string[];
  version: number;
}

export interface Imagery {
  scenes: Scene[];
  minzoom: number;
  maxzoom: number;
  legend: { ndvi: number; colour: string }[];
}

export interface HouseholdPage {
  items: Household[];
  total: number;
  next_cursor: string;
}

export type AlertState = "open" | "assigned" | "acknowledged" | "closed";
export type AlertAct = "assign" | "acknowledge" | "close";

export interface Alert {
  id: number;
  kind: "left_band" | "hazard" | "forecast_fell";
  state: AlertState;
  recovered: boolean;
  parcel_id: string;
  parcel_name: string;
  household_id: string;
  household: string;
  village: string;
  crop: string;
  area_m2: number;
  episode: number;
  first_on: string;
  last_on: string;
  strength: number;
  assignee: string;
  raised_at: string;
  updated_at: string;
}

export interface AlertEvidence {
  dates?: { date: string; ndvi: number; median: number; p10: number; z: number }[];
  lowest_z?: number;
  own?: number;
  neighbours?: number;
  outside?: number;
  before?: number;
  now?: number;
  county?: number;
  revision_z?: number;
  cause?: Pick<Hazard, "kind" | "from" | "to" | "loss" | "zh" | "en">;
}

export interface AlertCard extends Alert {
  evidence: AlertEvidence;
  history: {
    at: string;
    actor: string;
    act: "raise" | "assign" | "acknowledge" | "close" | "recover" | "reopen";
    state: AlertState;
    reason: string;
  }[];
}

export interface AlertPage {
  items: Alert[];
  open: number;
  assigned: number;
  acknowledged: number;
  closed: number;
  next_cursor: string;
}

/** An answer that is no success. `code` is stable; `offline` where no answer came. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
  ) {
    super(code);
  }
}

let waiting = 0;
let resting: (() => void)[] = [];

/** Resolves once the server has answered what was asked of it, for what can wait; after five seconds at the latest. */
export const quiet = () =>
  new Promise<void>((resolve) => {
    const late = setTimeout(resolve, 5000);
    const rest = () => {
      clearTimeout(late);
      resolve();
    };
    if (waiting === 0) setTimeout(() => (waiting === 0 ? rest() : resting.push(rest)), 0);
    else resting.push(rest);
  });

// An answer may lead to the next question: those get a moment to be asked.
function answered() {
  waiting--;
  setTimeout(() => {
    if (waiting > 0) return;
    for (const go of resting.splice(0)) go();
    resting = [];
  }, 0);
}

/** What the server answers to a request, or its [Problem]. */
export async function received(path: string, request: RequestInit): Promise<Response> {
  let answer: Response;
  waiting++;
  try {
    answer = await fetch(path, request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem("offline", 0);
  } finally {
    answered();
  }
  if (answer.ok) return answer;
  const told = (await answer.json().catch(() => ({}))) as { code?: string };
  throw new Problem(told.code ?? "internal", answer.status);
}

export async function send<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  more: Record<string, string> = {},
): Promise<T> {
  const answer = await received(path, {
    method,
    signal: signal ?? null,
    headers: body === undefined ? more : { "Content-Type": "application/json", ...more },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export const get = <T>(path: string, signal?: AbortSignal) => send<T>("GET", path, undefined, signal);
const of = (publication: number) => `/v1/publications/${publication}`;

export interface ListQuery {
  village: string;
  crop: string;
  referred: boolean;
  sort: "line" | "id";
  cursor: string;
}

export const api = {
  me: () => get<Account>("/v1/session"),
  signIn: (name: string, password: string) => send<Account>("POST", "/v1/session", { name, password }),
  signOut: () => send<void>("DELETE", "/v1/session"),
  publications: async () => (await get<{ items: Publication[] }>("/v1/publications")).items,
  summary: (p: number) => get<Summary>(`${of(p)}/summary`),
  search: async (p: number, text: string, signal: AbortSignal) =>
    (await get<{ items: Hit[] }>(`${of(p)}/search?${new URLSearchParams({ q: text, limit: "6" })}`, signal)).items,
  households: (p: number, q: ListQuery) => {
    const params = new URLSearchParams({ sort: q.sort, limit: "50" });
    if (q.village) params.set("village", q.village);
    if (q.crop) params.set("crop", q.crop);
    if (q.referred) params.set("referred", "true");
    if (q.cursor) params.set("cursor", q.cursor);
    return get<HouseholdPage>(`${of(p)}/households?${params}`);
  },
  alerts: (p: number, q: { state?: string; parcel?: string; cursor?: string; limit?: number }) => {
    const params = new URLSearchParams({ limit: String(q.limit ?? 50) });
    if (q.state) params.set("state", q.state);
    if (q.parcel) params.set("parcel", q.parcel);
    if (q.cursor) params.set("cursor", q.cursor);
    return get<AlertPage>(`${of(p)}/alerts?${params}`);
  },
  alert: (p: number, id: number) => get<AlertCard>(`${of(p)}/alerts/${id}`),
  moveAlert: (p: number, id: number, act: AlertAct, reason: string) =>
    send<AlertCard>("POST", `${of(p)}/alerts/${id}/moves`, { act, reason }),
  imagery: (p: number) => get<Imagery>(`${of(p)}/imagery`),
  household: (p: number, id: string) => get<HouseholdCard>(`${of(p)}/households/${encodeURIComponent(id)}`),
  parcel: (p: number, id: string) => get<ParcelCard>(`${of(p)}/parcels/${encodeURIComponent(id)}`),
  band: async (p: number, crop: string) =>
    (await get<{ band: CountyBand | null }>(`${of(p)}/band?${new URLSearchParams(crop ? { crop } : {})}`)).band,
};
