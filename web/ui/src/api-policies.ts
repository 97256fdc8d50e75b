// Credit policies as the page uses them; names are those of /openapi.json.

import { get, Problem, send } from "./api";

export interface Policy {
  digest: string;
  version: string;
  state: string;
  standing: string;
  author: string;
  created_at: string;
  approver: string;
}

export interface Backtest {
  id: number;
  county: string;
  season: string;
  at: string;
  actor: string;
  households: number;
}

export interface PolicyCard extends Policy {
  document: string;
  terms: { id: number; prefix: string; from: string; ended: string | null }[];
  history: { seq: number; at: string; actor: string; act: string; reason: string }[];
  backtests: Backtest[];
}

export interface Total {
  line_fen: number;
  approved: number;
  referred: number;
  approval_rate: number;
  expected_loss_fen: number;
}

export interface Report {
  gain: number;
  lose: number;
  same: number;
  before: Total;
  after: Total;
  rules: { name: string; count: number }[];
  warnings: { zh: string; en: string }[];
}

export interface Changes {
  version: string;
  rules: number;
  changes: { key: string; before: string; after: string }[];
}

export interface Fault {
  line: number;
  column: number;
  key: string;
  message: string;
  excerpt: string;
}

export interface Progress {
  state: "running" | "kept" | "failed";
  done: number;
  total: number;
  id: number;
  problem: string;
}

/** What is wrong with a document, fault by fault. */
export class Faulty extends Problem {
  constructor(readonly faults: Fault[]) {
    super("policy_document", 422);
  }
}

/** Sends a document; its faults are thrown as [Faulty]. */
async function sendDocument<T>(path: string, body: unknown): Promise<T> {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Problem("offline", 0);
  });
  const told = (await answer.json().catch(() => ({}))) as { code?: string; faults?: Fault[] };
  if (answer.ok) return told as T;
  if (told.code === "policy_document") throw new Faulty(told.faults ?? []);
  throw new Problem(told.code ?? "internal", answer.status);
}

const of = (policy: string) => `/v1/policies/${encodeURIComponent(policy)}`;

export const policies = {
  list: async () => (await get<{ items: Policy[] }>("/v1/policies")).items,
  card: (policy: string) => get<PolicyCard>(of(policy)),
  changes: (policy: string) => get<Changes>(`${of(policy)}/diff`),
  check: (document: string) => sendDocument<Changes>("/v1/policies/check", { document }),
  draft: (document: string, reason: string) => sendDocument<PolicyCard>("/v1/policies", { document, reason }),
  report: async (id: number) => (await get<{ report: Report }>(`/v1/backtests/${id}`)).report,
  test: (policy: string, county: string, season: string) =>
    send<Progress>("POST", `${of(policy)}/backtests`, { county, season }),
  progress: (policy: string, county: string, season: string) =>
    get<Progress>(`${of(policy)}/backtests?${new URLSearchParams({ county, season })}`),
  approve: (policy: string, reason: string) => send<PolicyCard>("POST", `${of(policy)}/approval`, { reason }),
  activate: (policy: string, from: string, prefix: string, reason: string) =>
    send<PolicyCard>("POST", `${of(policy)}/terms`, { from, prefix, reason }),
  rollback: (policy: string, prefix: string, reason: string) =>
    send<PolicyCard>("POST", `${of(policy)}/rollback`, { prefix, reason }),
};
