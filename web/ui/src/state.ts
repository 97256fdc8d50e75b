import { computed, effect, signal } from "@preact/signals";
import {
  type Account,
  type AlertPage,
  type AlertState,
  api,
  type Bounds,
  type ListQuery,
  type Publication,
  type Summary,
} from "./api";
import { Problem } from "./client";
import type { AppState } from "./lending";
import type { Unit } from "./numbers";
import { views } from "./views";
import { type Fill, filled, isWord, type Lang, say, type Text, type Word } from "./words";

const kept = (key: string, otherwise: string): string => {
  try {
    return localStorage.getItem(`parus.${key}`) ?? otherwise;
  } catch {
    return otherwise; // storage is switched off
  }
};
const keep = (key: string, value: string) => {
  try {
    localStorage.setItem(`parus.${key}`, value);
  } catch {
    // storage is switched off: the choice lasts until the page is left
  }
};

export const lang = signal<Lang>(kept("lang", "zh") === "en" ? "en" : "zh");
export const unit = signal<Unit>(kept("unit", "mu") === "ha" ? "ha" : "mu");
const darkPreferred = matchMedia("(prefers-color-scheme: dark)").matches;
export const dark = signal(kept("theme", darkPreferred ? "dark" : "light") === "dark");

effect(() => {
  document.documentElement.lang = lang.value === "zh" ? "zh-CN" : "en";
  document.title = say(lang.value, "app");
  keep("lang", lang.value);
});
effect(() => keep("unit", unit.value));
effect(() => {
  document.documentElement.dataset.theme = dark.value ? "dark" : "light";
});
export function setDark(on: boolean) {
  dark.value = on;
  keep("theme", on ? "dark" : "light");
}

/** The text for a word in the language chosen. */
export const t = (word: Word, fill?: Fill) => say(lang.value, word, fill);
/** The same for words that come with the part of the page that needs them. */
export const texts =
  <W extends string>(words: Record<W, Text>) =>
  (word: W, fill?: Fill) =>
    filled(words[word], lang.value, fill);

/** The text for an error, always with what to do next. */
export function tell(error: unknown): string {
  const word = error instanceof Problem ? `err_${error.code}` : "err_internal";
  return t(isWord(word) ? word : "err_internal");
}

// undefined: not known yet; null: nobody is signed in.
export const account = signal<Account | null | undefined>(undefined);
export const publications = signal<Publication[] | null>(null);
const chosen = signal<number | null>(null);
export const summary = signal<Summary | null>(null);

/** A village as people call it, with its code, for two may have one name. */
export function villageOf(code: string): string {
  const name = summary.value?.villages.find((v) => v.code === code)?.name;
  return name ? `${name} ${code}` : code;
}
export const failure = signal<unknown>(null);

export type Route =
  | { kind: "list" }
  | { kind: "alerts" }
  | { kind: "applications" }
  | { kind: "application"; id: string }
  | { kind: "household"; id: string }
  | { kind: "parcel"; id: string }
  | { kind: "view"; name: string; id?: string };

function parse(path: string): Route {
  const [, kind, id] = path.split("/");
  if (kind === "h" && id) return { kind: "household", id: decodeURIComponent(id) };
  if (kind === "p" && id) return { kind: "parcel", id: decodeURIComponent(id) };
  if (kind === "a" && id) return { kind: "application", id: decodeURIComponent(id) };
  if (views.some((v) => v.name === kind)) return { kind: "view", name: kind ?? "", id: id && decodeURIComponent(id) };
  return kind === "alerts" || kind === "applications" ? { kind } : { kind: "list" };
}

export const route = signal<Route>(parse(location.pathname));
addEventListener("popstate", () => {
  route.value = parse(location.pathname);
});

export function addressOf(r: Route): string {
  if (r.kind === "list") return "/";
  if (r.kind === "view") return `/${r.name}${r.id ? `/${encodeURIComponent(r.id)}` : ""}`;
  if (!("id" in r)) return `/${r.kind}`;
  return `/${{ household: "h", parcel: "p", application: "a" }[r.kind]}/${encodeURIComponent(r.id)}`;
}

export function go(r: Route) {
  if (addressOf(r) === location.pathname) return;
  history.pushState(null, "", addressOf(r) + location.search);
  route.value = r;
}

/** The list that a card was opened from. */
export const origin = signal<Route>({ kind: "list" });
effect(() => {
  const r = route.value;
  if (r.kind === "view" || !("id" in r)) origin.value = r;
});

/** The publication shown: the one chosen, else the one that a deep link's code belongs to, else the newest. */
export const publication = computed<Publication | null>(() => {
  const all = publications.value;
  if (!all || all.length === 0) return null;
  const picked = all.find((p) => p.id === chosen.value);
  if (picked) return picked;
  const r = route.value;
  return (
    ((r.kind === "household" || r.kind === "parcel") && all.find((p) => r.id.startsWith(p.county))) || (all[0] ?? null)
  );
});

/** Shows another publication in the place of the one that is shown, wherever one is. */
export function follow(id: number) {
  chosen.value = id;
}

export function choose(id: number) {
  chosen.value = id;
  outlined.value = [];
  const bounds = publications.value?.find((p) => p.id === id)?.bounds;
  if (bounds) flight.value = { bounds };
  filter.value = { ...filter.value, village: "", crop: "", referred: false };
  origin.value = { kind: "list" };
  go({ kind: "list" });
}

export const filter = signal<Omit<ListQuery, "cursor">>({ village: "", crop: "", referred: false, sort: "line" });
export const colourBy = signal<"crop" | "line">("crop");

/** Parcels that the map outlines; the first is the one looked at. */
export const outlined = signal<string[]>([]);
/** Where the map goes; a new object each time, so that the same place can be asked for twice. */
export const flight = signal<{ bounds: Bounds } | null>(null);

/** Sums of money in the publication's currency. */
export const currency = computed(() => publication.value?.currency ?? "CNY");

/** Whether the device says that it has no network. */
export const offline = signal(!navigator.onLine);
addEventListener("offline", () => {
  offline.value = true;
});
addEventListener("online", () => {
  offline.value = false;
  if (account.value === undefined) void start();
});

export async function start() {
  failure.value = null;
  try {
    account.value = await api.me();
  } catch (error) {
    if (!(error instanceof Problem && error.status === 401)) failure.value = error;
    // Without the server nobody knows who is signed in.
    account.value = error instanceof Problem && error.code === "offline" ? undefined : null;
  }
}

/** Whatever fails because the session has ended leads back to the sign-in. */
export function failed(error: unknown): unknown {
  if (error instanceof Problem && error.status === 401) {
    account.value = null;
    failure.value = error;
  }
  return error;
}

effect(() => {
  if (!account.value || account.value.must_change) {
    publications.value = null;
    return;
  }
  api.publications().then(
    (list) => {
      publications.value = list;
    },
    (error) => {
      failure.value = failed(error);
    },
  );
});

/** The last page of alerts that was read: its counts are of the whole season. */
export const alerts = signal<AlertPage | null>(null);
export const applicationsOf = signal<AppState | "live" | "all">("live");
export const alertsOf = signal<AlertState | "live" | "all">("live");

export async function countAlerts() {
  const p = publication.value?.id;
  if (!p) return;
  try {
    const page = await api.alerts(p, { state: "open", limit: 1 });
    if (publication.value?.id === p) alerts.value = page;
  } catch (error) {
    failed(error); // the page is useful without
  }
}

let asked = 0;
effect(() => {
  const p = publication.value?.id ?? 0;
  if (asked === p) return;
  asked = p;
  summary.value = null;
  alerts.value = null;
  if (p === 0) return;
  void countAlerts();
  api.summary(p).then(
    (s) => {
      if (asked === p) summary.value = s;
    },
    (error) => {
      failure.value = failed(error);
    },
  );
});
