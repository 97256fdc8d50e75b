// Applications as the page uses them; names are those of /openapi.json.

import { get, type Reason, received, send } from "./api";

export type AppState =
  | "applied"
  | "decided"
  | "referred"
  | "approved"
  | "accepted"
  | "drawn"
  | "repaid"
  | "rejected"
  | "withdrawn";

export type AppAct =
  | "apply"
  | "decide"
  | "refer"
  | "reject"
  | "approve"
  | "accept"
  | "withdraw"
  | "expire"
  | "draw"
  | "repay";

export interface Instalment {
  date: string;
  principal_fen: number;
  interest_fen: number;
}

export interface Application {
  id: number;
  publication: number;
  household_id: string;
  household: string;
  village: string;
  state: AppState;
  asked_fen: number;
  line_fen: number;
  drawn_fen: number;
  repaid_fen: number;
  owed_fen: number;
  currency: string;
  pd: number;
  apr: number;
  due_date: string;
  late: boolean;
  applied_by: string;
  created_at: string;
  expires_at: string | null;
}

export interface Offer {
  line_fen: number;
  counter: boolean;
  binding: string;
  referral_zh: string;
  referral: string;
  reasons: Reason[];
  cap_fen: number;
}

export interface ApplicationCard extends Application {
  offer: Offer;
  schedule: Instalment[];
  history: {
    seq: number;
    at: string;
    actor: string;
    role: string;
    act: AppAct;
    state: AppState;
    amount_fen: number;
    reason: string;
    hash: string;
  }[];
  next: AppAct[];
}

export interface ApplicationPage {
  items: Application[];
  next_cursor: string;
}

export type Identity = "checked" | "unchecked" | "differs";

export interface Asking {
  publication: number;
  household_id: string;
  asked_fen: number;
  debt_due_fen: number;
  identity: Identity;
}

export const lending = {
  list: (p: number, q: { state?: string; household?: string; cursor?: string; limit?: number }) => {
    const params = new URLSearchParams({ publication: String(p), limit: String(q.limit ?? 50) });
    if (q.state) params.set("state", q.state);
    if (q.household) params.set("household", q.household);
    if (q.cursor) params.set("cursor", q.cursor);
    return get<ApplicationPage>(`/v1/applications?${params}`);
  },
  card: (id: number) => get<ApplicationCard>(`/v1/applications/${id}`),
  /** The same key asks for the same application however often it is sent. */
  apply: (key: string, a: Asking) =>
    send<{ id: number }>("POST", "/v1/applications", a, undefined, { "Idempotency-Key": key }),
  consent: (p: number, household: string, evidence: string) =>
    send<void>("POST", "/v1/consents", { publication: p, household_id: household, act: "give", evidence }),
  move: (id: number, act: AppAct, amount_fen: number, reason: string) =>
    send<ApplicationCard>("POST", `/v1/applications/${id}/moves`, {
      act,
      ...(amount_fen > 0 ? { amount_fen } : {}),
      ...(reason ? { reason } : {}),
    }),
  letter: async (id: number, lang: string) =>
    (await received(`/v1/applications/${id}/letter.pdf?lang=${lang}`, { method: "GET" })).blob(),
};
