// Disputes as the page uses them; names are those of the server's OpenAPI document.

import { get, post, type Schemas } from "./client";

export type Outline = Schemas["Outline"];
export type Position = Outline["coordinates"][number][number][number];
export type Dispute = Schemas["Dispute"];
export type DisputeKind = Dispute["kind"];
export type DisputeState = Dispute["state"];
export type DisputeAct = Schemas["MoveDisputeInputBody"]["act"];
export type DisputeCard = Schemas["DisputeCard"];
export type Proposal = Schemas["ProposeInputBody"];

export const disputes = {
  list: (publication: number, state: DisputeState | "", cursor: string) =>
    get("/v1/disputes", { query: { publication, state, cursor } }),
  card: (id: string) => get("/v1/disputes/{id}", { path: { id: Number(id) } }),
  outline: (publication: number, id: string) =>
    get("/v1/publications/{publication}/parcels/{id}/outline", { path: { publication, id } }),
  propose: (publication: number, body: Proposal) =>
    post("/v1/publications/{publication}/disputes", { path: { publication }, body }),
  move: (id: number, act: DisputeAct, reason: string) =>
    post("/v1/disputes/{id}/moves", { path: { id }, body: { act, reason } }),
};
