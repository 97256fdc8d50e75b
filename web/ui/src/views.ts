import type { ComponentType } from "preact";
import type { Account } from "./api";
import type { Word } from "./words";

type Role = Account["role"];

/** A view beside the officer's map: read when it is opened first. */
export interface View {
  name: string; // first part of its address
  word: Word; // its name in the menu
  roles: Role[]; // who may open it; the server decides anyway
  map?: boolean; // the map stays beside it
  load: () => Promise<{ default: ComponentType<{ id?: string }> }>;
}

const everybody: Role[] = ["officer", "partner", "risk", "approver", "auditor", "admin"];

/** In the order of the menu. */
export const views: View[] = [
  {
    name: "portfolio",
    word: "portfolio",
    roles: ["officer", "approver", "risk", "auditor"],
    map: true,
    load: () => import("./portfolio"),
  },
  {
    name: "disputes",
    word: "disputes",
    roles: everybody,
    load: () => import("./disputes"),
  },
  { name: "policies", word: "policies", roles: ["risk", "approver", "auditor"], load: () => import("./policies") },
  { name: "runs", word: "runs", roles: ["risk", "approver", "auditor", "admin"], load: () => import("./runs") },
  { name: "upload", word: "upload", roles: ["partner", "admin"], map: true, load: () => import("./upload") },
  { name: "audit", word: "audit", roles: ["auditor", "risk", "admin"], load: () => import("./audit") },
  { name: "admin", word: "admin", roles: ["admin"], load: () => import("./admin") },
  { name: "account", word: "myAccount", roles: everybody, load: () => import("./account") },
];

export const viewsOf = (role: Role | undefined) => views.filter((v) => role && v.roles.includes(role));
