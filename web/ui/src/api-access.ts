// Accounts, tokens and the audit as the page uses them; names are those of the server's OpenAPI document.

import { get, patch, post, remove, type Schemas } from "./client";

export type AccountCard = Schemas["AccountCard"];
export type Token = Schemas["Token"];
export type Session = Schemas["SessionCard"];
export type Entry = Schemas["TrailEntry"];

export interface Wanted {
  kind: Entry["kind"] | "";
  actor: string;
  household: string;
  from: string; // a day
  until: string; // the last day
}

/** What the audit is asked for; days begin at midnight of this device. */
function asked({ from, until, ...rest }: Wanted) {
  const end = new Date(`${until}T00:00:00`);
  end.setDate(end.getDate() + 1);
  return {
    ...rest,
    from: from && new Date(`${from}T00:00:00`).toISOString(),
    until: until && end.toISOString(),
  };
}

/** Where the audit is had as a table. */
export function auditTable(w: Wanted): string {
  const q = Object.entries(asked(w)).filter(([, v]) => v !== "");
  return `/v1/audit.csv?${new URLSearchParams(q)}`;
}

export const access = {
  changePassword: (current: string, fresh: string) => post("/v1/session/password", { body: { current, new: fresh } }),
  sessions: async () => (await get("/v1/session/list")).items,
  endSession: (id: number) => remove("/v1/session/list/{id}", { path: { id } }),
  accounts: async () => (await get("/v1/accounts")).items,
  addAccount: (body: Schemas["AddAccountInputBody"]) => post("/v1/accounts", { body }),
  changeAccount: (id: number, body: Schemas["ChangeAccountInputBody"]) =>
    patch("/v1/accounts/{id}", { path: { id }, body }),
  resetPassword: (id: number) => post("/v1/accounts/{id}/password", { path: { id } }),
  endSessions: (id: number) => remove("/v1/accounts/{id}/sessions", { path: { id } }),
  tokens: async () => (await get("/v1/tokens")).items,
  addToken: (body: Schemas["AddTokenInputBody"]) => post("/v1/tokens", { body }),
  revokeToken: (id: number) => remove("/v1/tokens/{id}", { path: { id } }),
  audit: (w: Wanted, cursor: string) => get("/v1/audit", { query: { ...asked(w), cursor } }),
};
