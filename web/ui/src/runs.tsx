import "./runs.css";
import { useEffect, useState } from "preact/hooks";
import { batch, type Rescore, type Run, type RunState } from "./api-runs";
import { seasonName } from "./crops";
import { Choice } from "./header";
import { settle } from "./household";
import { PagedList, usePages } from "./list";
import { moved, progress } from "./live";
import { count, percent } from "./numbers";
import { PlanTable } from "./plan";
import { Reason } from "./reason";
import { RunPage } from "./run";
import { account, failed, go, lang, publication, publications, t, tell } from "./state";
import type { Word } from "./words";

export const runWord: Record<RunState, Word> = {
  running: "run_running",
  paused: "run_paused",
  done: "run_done",
  failed: "run_failed",
  cancelled: "run_cancelled",
};

export default function Runs({ id }: { id?: string }) {
  return <article class="run-view">{id ? <RunPage key={id} id={Number(id)} /> : <RunList />}</article>;
}

type Shown = "live" | "done" | "failed" | "cancelled" | "all";
const states: [value: Shown, word: Word][] = [
  ["all", "itemsAll"],
  ["live", "runLive"],
  ["done", "run_done"],
  ["failed", "run_failed"],
  ["cancelled", "run_cancelled"],
];

function RunList() {
  const l = lang.value;
  const [state, setState] = useState<Shown>("all");
  const [find, setFind] = useState("");
  const [of, setOf] = useState("");
  const [county = "", season = ""] = of.split("|");
  const pages = usePages(
    (cursor) => batch.runs({ id: Number(find) || 0, county, season, state: state === "all" ? "" : state, cursor }),
    [state, find, of, moved.value],
    () => undefined,
  );
  const seasons = [...new Map((publications.value ?? []).map((p) => [`${p.county}|${p.season}`, p])).entries()];
  return (
    <>
      <section class="block">
        <h2 tabIndex={-1} ref={settle}>
          {t("runs")}
        </h2>
        <p class="dim">{t("runsHelp")}</p>
      </section>
      {account.value?.role === "risk" && <Ordering />}
      <section class="block list">
        <h3>{t("runList")}</h3>
        <div class="run-filters">
          <label>
            {t("runFind")}
            <input
              type="search"
              inputMode="numeric"
              name="find"
              value={find}
              onInput={(e) => setFind(e.currentTarget.value.replace(/\D/g, "").slice(0, 15))}
            />
          </label>
          <label>
            {t("runSeason")}
            <select value={of} onChange={(e) => setOf(e.currentTarget.value)}>
              <option value="">{t("runAllSeasons")}</option>
              {seasons.map(([key, p]) => (
                <option key={key} value={key}>
                  {p.county_name} · {seasonName(p.season, l)}
                </option>
              ))}
            </select>
          </label>
        </div>
        <Choice
          name="states"
          label={t("runState")}
          value={state}
          options={states.map(([value, word]) => [value, t(word)])}
          onChange={setState}
        />
        <PagedList pages={pages} none="runsNone" row={(r) => <RunRow key={r.id} r={r} />} />
      </section>
    </>
  );
}

/** Instants as people here read them. */
export const instant = (iso: string) =>
  new Intl.DateTimeFormat(lang.value === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(iso),
  );

function RunRow({ r }: { r: Run }) {
  const l = lang.value;
  const p = progress.value[r.id];
  const state = p?.state ?? r.state;
  const open = state === "running" || state === "paused";
  return (
    <li>
      <a
        class="row"
        href={`/runs/${r.id}`}
        onClick={(e) => {
          e.preventDefault();
          go({ kind: "view", name: "runs", id: String(r.id) });
        }}
      >
        <span class="what">
          <b>{t("runNumber", { n: r.id })}</b> {r.county_name} · {seasonName(r.season, l)}
        </span>
        <span class="sum">
          <em class={`flag run-${state}`}>{t(runWord[state])}</em>
        </span>
        <span class="dim small">
          {instant(r.created_at)}
          {open && p && ` · ${t("runDone", { x: percent(p.share, l) })}`}
          {(p?.failed ?? r.failed) > 0 && ` · ${t("runFailedN", { n: count(p?.failed ?? r.failed, l) })}`}
          {r.publication > 0 && ` · ${t("runPublished", { n: r.publication })}`}
          {r.in_force && ` (${t("runInForce")})`}
          {r.reason && ` · ${r.reason}`}
        </span>
      </a>
    </li>
  );
}

/** The way to a run: ask for a plan, look at it, confirm it with a reason. */
function Ordering() {
  const p = publication.value;
  const l = lang.value;
  const [order, setOrder] = useState<Rescore | null>(null);
  const [error, setError] = useState<unknown>(null);
  const look = () =>
    batch.rescores().then(
      (list) => setOrder(list.find((o) => o.county === p?.county && o.season === p?.season) ?? null),
      (e) => setError(failed(e)),
    );
  useEffect(() => void look(), [p?.county, p?.season, moved.value]);
  useEffect(() => {
    if (order?.state === "started" && ordered === order.id) {
      ordered = 0;
      go({ kind: "view", name: "runs", id: String(order.run) });
    }
  }, [order]);
  if (!p) return null;
  const act = async (what: () => Promise<Rescore>) => {
    setError(null);
    try {
      setOrder(await what());
    } catch (e) {
      setError(failed(e));
      void look();
    }
  };
  const state = order?.state;
  const plan = state === "planned" ? order?.plan : null;
  return (
    <section class="block ordering" aria-live="polite">
      <h3>{t("runsNew")}</h3>
      <p>{t("runsNewHelp", { what: `${p.county_name} ${seasonName(p.season, l)}` })}</p>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {state === "refused" && <p class="alert">{t("planRefused", { why: order?.result ?? "" })}</p>}
      {state === "asked" && <p class="wait">{t("planWaiting")}</p>}
      {state === "confirmed" && <p class="wait">{t("planStarting")}</p>}
      {state !== "asked" && state !== "confirmed" && !plan && (
        <div class="acts">
          <button type="button" class="button main" onClick={() => void act(() => batch.ask(p.county, p.season))}>
            {t("planAsk")}
          </button>
        </div>
      )}
      {plan && order && (
        <>
          <PlanTable plan={plan} />
          {plan.to_do === 0 ? (
            <div class="acts">
              <button type="button" class="button" onClick={() => void act(() => batch.ask(p.county, p.season))}>
                {t("planAgain")}
              </button>
              <button type="button" class="button" onClick={() => void act(() => batch.order(order.id, "withdraw"))}>
                {t("planLeave")}
              </button>
            </div>
          ) : (
            <Reason
              go={t("planStart")}
              onGo={(reason) => {
                ordered = order.id;
                void act(() => batch.order(order.id, "start", reason));
              }}
              onLeave={() => void act(() => batch.order(order.id, "withdraw"))}
              leave={t("planLeave")}
            />
          )}
        </>
      )}
    </section>
  );
}

let ordered = 0; // the order that was confirmed here: its run is shown when it starts
