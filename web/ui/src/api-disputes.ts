// Disputes as the page uses them; names are those of /openapi.json.

import { get, send } from "./api";

export type Position = [lon: number, lat: number];

export interface Outline {
  type: "MultiPolygon";
  coordinates: Position[][][];
}

export type DisputeKind = "boundary" | "crop" | "not_mine";
export type DisputeState = "open" | "accepted" | "rejected" | "withdrawn";
export type DisputeAct = "accept" | "reject" | "withdraw";

export interface Dispute {
  id: number;
  county: string;
  publication: number;
  season: string;
  parcel_id: string;
  household_id: string;
  village: string;
  kind: DisputeKind;
  state: DisputeState;
  crop: string;
  proposed_crop: string;
  area_m2: number;
  proposed_m2: number | null;
  author: string;
  reviewer: string;
  created_at: string;
  updated_at: string;
}

export interface DisputeCard extends Dispute {
  evidence: string;
  disputed: Outline;
  proposed: Outline | null;
  overlaps: { parcel_id: string; area_m2: number }[];
  history: { at: string; actor: string; act: "propose" | DisputeAct; state: DisputeState; reason: string }[];
}

export interface Proposal {
  parcel_id: string;
  kind: DisputeKind;
  shape?: Outline;
  crop?: string;
  evidence: string;
}

export const disputes = {
  list: (publication: number, state: DisputeState | "", cursor: string) => {
    const q = new URLSearchParams({ publication: String(publication) });
    if (state) q.set("state", state);
    if (cursor) q.set("cursor", cursor);
    return get<{ items: Dispute[]; next_cursor: string }>(`/v1/disputes?${q}`);
  },
  card: (id: string) => get<DisputeCard>(`/v1/disputes/${encodeURIComponent(id)}`),
  outline: (publication: number, parcel: string) =>
    get<{ shape: Outline; area_m2: number }>(
      `/v1/publications/${publication}/parcels/${encodeURIComponent(parcel)}/outline`,
    ),
  propose: (publication: number, body: Proposal) =>
    send<DisputeCard>("POST", `/v1/publications/${publication}/disputes`, body),
  move: (id: number, act: DisputeAct, reason: string) =>
    send<DisputeCard>("POST", `/v1/disputes/${id}/moves`, { act, reason }),
};
