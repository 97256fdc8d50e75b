// Credit policies as the page uses them; names are those of the server's OpenAPI document.

import { get, post, type Schemas } from "./client";

export type Policy = Schemas["Policy"];
export type Backtest = Schemas["Backtest"];
export type PolicyCard = Schemas["Card"];
export type Changes = Schemas["ChangesOutputBody"];
export type Progress = Schemas["BacktestProgress"];

export interface Total {
  line_fen: number;
  approved: number;
  referred: number;
  approval_rate: number;
  expected_loss_fen: number;
}

/** A report is kept as it was written, so the document does not say what is in it. */
export interface Report {
  gain: number;
  lose: number;
  same: number;
  before: Total;
  after: Total;
  rules: { name: string; count: number }[];
  warnings: { zh: string; en: string }[];
}

export const policies = {
  list: async () => (await get("/v1/policies")).items,
  card: (policy: string) => get("/v1/policies/{policy}", { path: { policy } }),
  changes: (policy: string) => get("/v1/policies/{policy}/diff", { path: { policy } }),
  check: (document: string) => post("/v1/policies/check", { body: { document } }),
  draft: (document: string, reason: string) => post("/v1/policies", { body: { document, reason } }),
  report: async (id: number) => (await get("/v1/backtests/{id}", { path: { id } })).report as Report,
  test: (policy: string, county: string, season: string) =>
    post("/v1/policies/{policy}/backtests", { path: { policy }, body: { county, season } }),
  progress: (policy: string, county: string, season: string) =>
    get("/v1/policies/{policy}/backtests", { path: { policy }, query: { county, season } }),
  approve: (policy: string, reason: string) =>
    post("/v1/policies/{policy}/approval", { path: { policy }, body: { reason } }),
  activate: (policy: string, from: string, prefix: string, reason: string) =>
    post("/v1/policies/{policy}/terms", { path: { policy }, body: { from, prefix, reason } }),
  rollback: (policy: string, prefix: string, reason: string) =>
    post("/v1/policies/{policy}/rollback", { path: { policy }, body: { prefix, reason } }),
};
