import { effect, signal, batch as together } from "@preact/signals";
import { api, type Publication } from "./api";
import type { RunProgress } from "./api-runs";
import { Problem } from "./client";
import { account, alerts, failed, follow, publication, publications } from "./state";

/** How the stream of events stands: `lost` is told to people, who otherwise see nothing of it. */
export const link = signal<"off" | "live" | "lost">("off");
/** How far open runs are, by number. */
export const progress = signal<Record<number, RunProgress>>({});
/** Grows with every event about runs and orders, for views that show them. */
export const moved = signal(0);
/** A publication that came while another was looked at. */
export const news = signal<{ shown: boolean; now: Publication; before: Publication } | null>(null);

const silence = 40_000; // two signs of life and a half
let source: EventSource | null = null;
let last = "";
let tries = 0;
let again = 0;
let watchdog = 0;
let fresh = true; // what the page shows may be older than the stream

function alive(id: string) {
  if (id) last = id;
  link.value = "live";
  tries = 0;
  clearTimeout(watchdog);
  watchdog = window.setTimeout(() => lost(), silence);
}

function close() {
  clearTimeout(again);
  clearTimeout(watchdog);
  source?.close();
  source = null;
}

/** The connection is gone, or was refused: try again, later each time, up to half a minute. */
function lost() {
  close();
  if (!account.value) return;
  link.value = "lost";
  if (document.hidden) return;
  again = window.setTimeout(open, Math.min(30_000, 1000 * 2 ** tries) * (0.75 + Math.random() / 2));
  tries++;
}

function open() {
  close();
  if (!account.value || document.hidden) return;
  // A window that nobody looks at holds no connection, of which a browser has six for a server.
  source = new EventSource(last ? `/v1/events?after=${last}` : "/v1/events");
  source.onerror = () => lost();
  const on = (kind: string, use: (data: unknown) => void) =>
    source?.addEventListener(kind, (e) => {
      if (!(e instanceof MessageEvent)) return;
      alive(e.lastEventId);
      use(JSON.parse(e.data));
    });
  on("beat", () => {
    if (fresh) void reread(); // what came between the page's first reading and the stream
    fresh = false;
  });
  on("reset", () => void reread());
  on("publication", (d) => void published((d as { publication: number }).publication));
  on("alerts", (d) => counted(d as { county: string; season: string; open: number }));
  on("run", () => {
    moved.value++;
  });
  on("rescore", () => {
    moved.value++;
  });
  on("progress", (d) => {
    const p = d as RunProgress;
    progress.value = { ...progress.value, [p.run]: p };
  });
  on("end", () => {
    close();
    api.me().then(
      (a) => {
        account.value = a; // the same person with other rights
      },
      (e) => void failed(e),
    );
  });
}

async function reread() {
  moved.value++;
  await published(0);
}

function counted(d: { county: string; season: string; open: number }) {
  const p = publication.value;
  if (p?.county === d.county && p.season === d.season && alerts.value) alerts.value = { ...alerts.value, open: d.open };
}

/** Shows what was put in force, unless an older publication is looked at on purpose. */
async function published(_: number) {
  moved.value++;
  let list: Publication[];
  try {
    list = await api.publications();
  } catch (e) {
    failed(e);
    return;
  }
  const before = publication.value;
  const was = publications.value?.find((p) => p.id === before?.id);
  const now = list.find((p) => p.in_force && p.county === before?.county && p.season === before?.season);
  together(() => {
    if (before) follow(before.id); // a list in another order leads nobody to another county
    publications.value = list;
    if (!before || !now || now.id === before.id) {
      if (now && news.value?.now.id === now.id) news.value = null;
      return;
    }
    const shown = was?.in_force ?? false;
    if (shown) follow(now.id);
    if (shown || news.value?.now.id !== now.id) news.value = { shown, now, before };
  });
}

effect(() => {
  if (account.value) {
    last = "";
    fresh = true;
    progress.value = {};
    open();
    return;
  }
  close();
  link.value = "off";
  news.value = null;
});
addEventListener("offline", () => lost());
addEventListener("online", () => {
  tries = 0;
  open();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) close();
  else open();
});
addEventListener("pagehide", close);

export const refused = (e: unknown) => e instanceof Problem && e.status === 409;
