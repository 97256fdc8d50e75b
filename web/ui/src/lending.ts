// Applications as the page uses them; names are those of the server's OpenAPI document.

import { get, post, received, type Schemas } from "./client";

export type Application = Schemas["Application"];
export type AppState = Application["state"];
export type ApplicationCard = Schemas["ApplicationCard"];
export type AppAct = ApplicationCard["history"][number]["act"];
export type Doable = ApplicationCard["next"][number];
export type Instalment = Schemas["Instalment"];
export type Asking = Schemas["ApplyInputBody"];
export type Identity = Asking["identity"];

export const lending = {
  list: (
    publication: number,
    q: { state?: AppState | "live" | ""; household?: string; cursor?: string; limit?: number },
  ) => get("/v1/applications", { query: { publication, limit: 50, ...q } }),
  card: (id: number) => get("/v1/applications/{id}", { path: { id } }),
  /** The same key asks for the same application however often it is sent. */
  apply: (key: string, body: Asking) => post("/v1/applications", { header: { "Idempotency-Key": key }, body }),
  consent: (publication: number, household: string, evidence: string) =>
    post("/v1/consents", { body: { publication, household_id: household, act: "give", evidence } }),
  move: (id: number, act: Doable, amount_fen: number, reason: string) =>
    post("/v1/applications/{id}/moves", {
      path: { id },
      body: { act, ...(amount_fen > 0 ? { amount_fen } : {}), ...(reason ? { reason } : {}) },
    }),
  letter: async (id: number, lang: string) =>
    (await received(`/v1/applications/${id}/letter.pdf?lang=${lang}`, { method: "GET" })).blob(),
};
