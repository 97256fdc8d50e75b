// The server's API as the page uses it; names are those of its OpenAPI document.

import { get, post, remove, type Schemas } from "./client";

export type Account = Schemas["SignedIn"];
export type Publication = Schemas["Publication"];
export type Bounds = NonNullable<Publication["bounds"]>;
export type Summary = Schemas["Summary"];
export type Hit = Schemas["Hit"];
export type Household = Schemas["Household"];
export type Reason = Schemas["Reason"];
export type Decision = Schemas["Decision"];
export type Parcel = Schemas["Parcel"];
export type HouseholdCard = Schemas["HouseholdCard"];
export type Curve = Schemas["Curve"];
export type ParcelCard = Schemas["ParcelCard"];
export type CountyBand = Schemas["CountyBand"];
export type Imagery = Schemas["ImageryBody"];
export type Scene = Imagery["scenes"][number];
export type Alert = Schemas["Alert"];
export type AlertState = Alert["state"];
export type AlertEvidence = Schemas["AlertEvidence"];
export type AlertCard = Schemas["AlertCard"];
export type AlertAct = Schemas["MoveAlertInputBody"]["act"];
export type AlertPage = Schemas["AlertsOutputBody"];

export interface ListQuery {
  village: string;
  crop: string;
  referred: boolean;
  sort: "line" | "id";
  cursor: string;
}

export const api = {
  me: () => get("/v1/session"),
  ways: () => get("/v1/session/ways"),
  signIn: (name: string, password: string) => post("/v1/session", { body: { name, password } }),
  signOut: () => remove("/v1/session"),
  publications: async () => (await get("/v1/publications")).items,
  summary: (publication: number) => get("/v1/publications/{publication}/summary", { path: { publication } }),
  search: async (publication: number, q: string, signal: AbortSignal) =>
    (await get("/v1/publications/{publication}/search", { path: { publication }, query: { q, limit: 6 }, signal }))
      .items,
  households: (publication: number, q: ListQuery) =>
    get("/v1/publications/{publication}/households", {
      path: { publication },
      query: { ...q, referred: q.referred ? "true" : "", limit: 50 },
    }),
  alerts: (
    publication: number,
    q: { state?: AlertState | "live" | ""; parcel?: string; cursor?: string; limit?: number },
  ) => get("/v1/publications/{publication}/alerts", { path: { publication }, query: { limit: 50, ...q } }),
  alert: (publication: number, id: number) =>
    get("/v1/publications/{publication}/alerts/{id}", { path: { publication, id } }),
  moveAlert: (publication: number, id: number, act: AlertAct, reason: string) =>
    post("/v1/publications/{publication}/alerts/{id}/moves", { path: { publication, id }, body: { act, reason } }),
  imagery: (publication: number) => get("/v1/publications/{publication}/imagery", { path: { publication } }),
  household: (publication: number, id: string) =>
    get("/v1/publications/{publication}/households/{id}", { path: { publication, id } }),
  parcel: (publication: number, id: string) =>
    get("/v1/publications/{publication}/parcels/{id}", { path: { publication, id } }),
  band: async (publication: number, crop: string) =>
    (await get("/v1/publications/{publication}/band", { path: { publication }, query: { crop } })).band,
};
