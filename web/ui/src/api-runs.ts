// Runs of a season's batch as the page uses them; names are those of the server's OpenAPI document.

import { get, post, type Schemas } from "./client";

export type Run = Schemas["Run"];
export type RunState = Run["state"];
export type RunProgress = Schemas["RunProgress"];
export type RunPlan = Schemas["RunPlan"];
export type RunAct = Schemas["RunAct"]["act"];
export type RunCard = Schemas["RunCard"];
export type RunItem = Schemas["RunItem"];
export type Rescore = Schemas["Rescore"];
export type Difference = Schemas["Difference"];
export type Mover = Schemas["Mover"];
export type Group = Mover["parts"][number]["group"];

export const batch = {
  runs: (q: { id: number; county: string; season: string; state: RunState | "live" | ""; cursor: string }) =>
    get("/v1/runs", { query: { ...q, id: q.id || undefined } }),
  run: (run: number) => get("/v1/runs/{run}", { path: { run } }),
  items: (run: number, query: { state: RunItem["state"] | ""; q: string; cursor: string }) =>
    get("/v1/runs/{run}/items", { path: { run }, query }),
  move: (run: number, act: Exclude<RunAct, "start">, reason: string, item = "", poison = false) =>
    post("/v1/runs/{run}/moves", {
      path: { run },
      body: { act, reason, ...(item ? { item } : {}), ...(poison ? { poison } : {}) },
    }),
  rescores: async () => (await get("/v1/rescores")).items,
  ask: (county: string, season: string) => post("/v1/rescores", { body: { county, season } }),
  order: (rescore: number, act: "start" | "withdraw", reason = "") =>
    post("/v1/rescores/{rescore}/moves", { path: { rescore }, body: { act, ...(reason ? { reason } : {}) } }),
  difference: (publication: number, before: number) =>
    get("/v1/publications/{publication}/difference", { path: { publication }, query: { before } }),
  movers: (
    publication: number,
    query: { before: number; village: string; q: string; move: Exclude<Mover["move"], "same"> | ""; cursor: string },
  ) => get("/v1/publications/{publication}/difference/households", { path: { publication }, query }),
  force: (publication: number, reason: string) =>
    post("/v1/publications/{publication}/force", { path: { publication }, body: { reason } }),
};
