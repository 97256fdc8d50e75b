// Accounts, tokens and the audit as the page uses them; names are those of /openapi.json.

import { get, send } from "./api";

export interface AccountCard {
  id: number;
  name: string;
  role: string;
  counties: string[];
  disabled_at: string | null;
  signed_in_at: string | null;
  sessions: number;
  password: boolean;
  must_change: boolean;
  subject: string;
  managed: boolean;
}

export interface Token {
  id: number;
  name: string;
  role: string;
  counties: string[];
  operations: string[];
  created_by: string;
  expires_at: string;
  revoked_at: string | null;
  state: "in_force" | "expired" | "revoked";
  last_used_at: string | null;
}

export interface Session {
  id: number;
  created_at: string;
  seen_at: string;
  via: string;
  agent: string;
  address: string;
  current: boolean;
}

export interface Entry {
  kind: string;
  county: string;
  at: string;
  actor: string;
  act: string;
  item: string;
  household: string;
  reason: string;
  release: string;
  model: string;
}

export interface Wanted {
  kind: string;
  actor: string;
  household: string;
  from: string; // a day
  until: string; // the last day
}

/** What the audit is asked for; days begin at midnight of this device. */
export function auditQuery(w: Wanted, cursor = ""): string {
  const q = new URLSearchParams();
  for (const name of ["kind", "actor", "household"] as const) if (w[name]) q.set(name, w[name]);
  if (w.from) q.set("from", new Date(`${w.from}T00:00:00`).toISOString());
  if (w.until) {
    const end = new Date(`${w.until}T00:00:00`);
    end.setDate(end.getDate() + 1);
    q.set("until", end.toISOString());
  }
  if (cursor) q.set("cursor", cursor);
  return q.toString();
}

export const access = {
  ways: () => get<{ provider: string; leave: string }>("/v1/session/ways"),
  changePassword: (current: string, fresh: string) =>
    send<void>("POST", "/v1/session/password", { current, new: fresh }),
  sessions: async () => (await get<{ items: Session[] }>("/v1/session/list")).items,
  endSession: (id: number) => send<void>("DELETE", `/v1/session/list/${id}`),
  accounts: async () => (await get<{ items: AccountCard[] }>("/v1/accounts")).items,
  addAccount: (a: { name: string; role: string; counties: string[]; subject?: string }) =>
    send<{ id: number; password: string }>("POST", "/v1/accounts", a),
  changeAccount: (id: number, change: { role?: string; counties?: string[]; disabled?: boolean; subject?: string }) =>
    send<AccountCard>("PATCH", `/v1/accounts/${id}`, change),
  resetPassword: (id: number) => send<{ password: string }>("POST", `/v1/accounts/${id}/password`),
  endSessions: (id: number) => send<void>("DELETE", `/v1/accounts/${id}/sessions`),
  tokens: async () => (await get<{ items: Token[] }>("/v1/tokens")).items,
  addToken: (x: { name: string; role: string; counties: string[]; operations: string[]; expires_at: string }) =>
    send<{ secret: string }>("POST", "/v1/tokens", x),
  revokeToken: (id: number) => send<void>("DELETE", `/v1/tokens/${id}`),
  audit: (w: Wanted, cursor: string) =>
    get<{ items: Entry[]; next_cursor: string }>(`/v1/audit?${auditQuery(w, cursor)}`),
};
