import { useEffect, useState } from "preact/hooks";
import { batch, type RunAct, type RunCard, type RunItem, type RunProgress } from "./api-runs";
import { seasonName } from "./crops";
import { Changed } from "./difference";
import { Choice } from "./header";
import { settle } from "./household";
import { PagedList, usePages } from "./list";
import { moved, progress } from "./live";
import { count, percent } from "./numbers";
import { lasting, PlanSum, stageName } from "./plan";
import { Reason } from "./reason";
import { instant, runWord } from "./runs";
import { account, failed, go, lang, t, tell } from "./state";
import type { Word } from "./words";

/** One run: how far it is, what failed, what it changed, and what can be done about it. */
export function RunPage({ id }: { id: number }) {
  const [card, setCard] = useState<RunCard | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let current = true;
    batch.run(id).then(
      (c) => current && setCard(c),
      (e) => current && setError(failed(e)),
    );
    return () => {
      current = false;
    };
  }, [id, moved.value]);
  const live = progress.value[id];
  // What streams in is newer than the card, but for a run that has just ended.
  const p = card && live && (card.state === "running" || card.state === "paused") ? live : card?.progress;
  return (
    <>
      <button type="button" class="back" onClick={() => go({ kind: "view", name: "runs" })}>
        ← {t("backToRuns")}
      </button>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {!card && error === null && <p class="wait">{t("loading")}</p>}
      {card && p && (
        <>
          <Overall card={card} p={p} />
          {account.value?.role === "risk" && <Orders card={card} p={p} onDone={setCard} onError={setError} />}
          <Stages card={card} p={p} />
          {card.publication > 0 && <Changed card={card} onError={setError} />}
          <Items card={card} failures={p.failed} onDone={setCard} onError={setError} />
          <section class="block">
            <h3>{t("runHistory")}</h3>
            {card.history.length === 0 && <p class="dim">{t("runHistoryNone")}</p>}
            <ol class="history">
              {card.history.map((h) => (
                <li key={h.at + h.act}>
                  {instant(h.at)} · {t(doWord[h.act])} · {h.actor} · {h.reason}
                </li>
              ))}
            </ol>
          </section>
        </>
      )}
    </>
  );
}

export const doWord: Record<RunAct, Word> = {
  start: "runDo_start",
  pause: "runDo_pause",
  resume: "runDo_resume",
  cancel: "runDo_cancel",
  retry: "runDo_retry",
};

function Meter({ share, label, thin }: { share: number; label: string; thin?: boolean }) {
  const whole = Math.floor(share * 100);
  return (
    <div
      class={thin ? "meter thin" : "meter"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={whole}
    >
      <i style={{ width: `${whole}%` }} />
    </div>
  );
}

function Overall({ card, p }: { card: RunCard; p: RunProgress }) {
  const l = lang.value;
  const open = p.state === "running" || p.state === "paused";
  return (
    <section class="block overall">
      <h2 tabIndex={-1} ref={settle}>
        {t("runNumber", { n: card.id })} <em class={`flag run-${p.state}`}>{t(runWord[p.state])}</em>
      </h2>
      <p class="dim">
        {card.county_name} · {seasonName(card.season, l)} · {instant(card.created_at)}
      </p>
      <p>
        <strong class="share">{percent(Math.floor(p.share * 100) / 100, l)}</strong>{" "}
        <span class="dim">
          {t("runUnits", { a: count(p.ended, l), b: count(p.units, l) })}
          {p.failed > 0 && ` · ${t("runFailedN", { n: count(p.failed, l) })}`}
        </span>
      </p>
      <Meter share={p.share} label={t("runNumber", { n: card.id })} />
      {p.reason && <p class="alert">{p.reason}</p>}
      {open && <p>{p.left_s === null ? t("runLeftUnknown") : t("runLeft", { t: lasting(p.left_s) })}</p>}
      {card.plan && open && <PlanSum plan={card.plan} />}
      {card.plan && card.took_s !== null && (
        <p class="dim">
          {t("runTook", {
            t: lasting(card.took_s),
            e: lasting(card.plan.wall_s),
            low: lasting(card.plan.low_s),
            high: lasting(card.plan.high_s),
          })}
        </p>
      )}
    </section>
  );
}

const mayFrom: Record<"pause" | "resume" | "cancel", string[]> = {
  pause: ["running"],
  resume: ["paused", "cancelled"],
  cancel: ["running", "paused"],
};
const helpOf: Record<"pause" | "resume" | "cancel" | "retry", Word> = {
  pause: "runPauseHelp",
  resume: "runResumeHelp",
  cancel: "runCancelHelp",
  retry: "runRetryHelp",
};

interface Ordered {
  card: RunCard;
  onDone: (c: RunCard) => void;
  onError: (e: unknown) => void;
}

function Orders({ card, p, onDone, onError }: Ordered & { p: RunProgress }) {
  const [act, setAct] = useState<keyof typeof helpOf | null>(null);
  const [all, setAll] = useState(false);
  const [said, setSaid] = useState("");
  const may: (keyof typeof helpOf)[] = (["pause", "resume", "cancel"] as const).filter((a) =>
    mayFrom[a].includes(p.state),
  );
  if (p.failed > 0 && p.state !== "cancelled") may.push("retry");
  if (may.length === 0) return null;
  const order = async (reason: string) => {
    if (!act) return;
    onError(null);
    try {
      const done = await batch.move(card.id, act, reason, "", act === "retry" && all);
      setSaid(act === "retry" ? retried(done.units) : "");
      setAct(null);
      onDone(done.run);
    } catch (e) {
      onError(failed(e));
    }
  };
  return (
    <section class="block orders">
      {act ? (
        <Reason key={act} go={t(doWord[act])} onGo={(r) => void order(r)} onLeave={() => setAct(null)}>
          <p>{t(helpOf[act])}</p>
          {act === "retry" && (
            <label class="tick">
              <input type="checkbox" checked={all} onChange={(e) => setAll(e.currentTarget.checked)} />
              {t("runAll")}
            </label>
          )}
        </Reason>
      ) : (
        <div class="acts">
          {may.map((a) => (
            <button key={a} type="button" class="button" onClick={() => setAct(a)}>
              {t(doWord[a])}
            </button>
          ))}
        </div>
      )}
      {said && <p role="status">{said}</p>}
    </section>
  );
}

const retried = (units: number) => (units > 0 ? t("runRetried", { n: count(units, lang.value) }) : t("runRetriedNone"));

function Stages({ card, p }: { card: RunCard; p: RunProgress }) {
  const l = lang.value;
  const expected = new Map(card.plan?.stages.map((s) => [s.stage, s]));
  return (
    <section class="block">
      <h3>{t("stages")}</h3>
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{t("stage")}</th>
            <th scope="col" class="num">
              {t("stageDone")}
            </th>
            <th scope="col" class="num">
              {t("stageFailed")}
            </th>
            <th scope="col" class="num less">
              {t("stageRunning")}
            </th>
            <th scope="col" class="num less">
              {t("stageWaiting")}
            </th>
            <th scope="col" class="num">
              {t("stageLeft")}
            </th>
            <th scope="col" class="num less">
              {t("stageExpected")}
            </th>
          </tr>
        </thead>
        <tbody>
          {p.stages.map((s) => {
            const ended = s.done + s.skipped + s.failed + s.cancelled;
            const e = expected.get(s.stage);
            return (
              <tr key={s.stage}>
                <th scope="row">
                  {stageName(s.stage)}
                  <Meter thin share={s.units ? ended / s.units : 0} label={stageName(s.stage)} />
                </th>
                <td class="num">
                  {count(ended, l)} / {count(s.units, l)}
                  {s.earlier > 0 && <span class="dim small"> {t("stageEarlier", { n: count(s.earlier, l) })}</span>}
                </td>
                <td class="num">{count(s.failed, l)}</td>
                <td class="num less">{count(s.running, l)}</td>
                <td class="num less">{count(s.waiting, l)}</td>
                <td class="num">
                  {!s.begun ? t("stageNotYet") : ended === s.units ? "—" : s.left_s === null ? "…" : lasting(s.left_s)}
                </td>
                <td class="num less">{e && e.units > e.done ? lasting(e.wall_s) : "—"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

type Shown = "failed" | "skipped" | "all";
const shown: [value: Shown, word: Word][] = [
  ["failed", "itemsFailed"],
  ["skipped", "itemsSkipped"],
  ["all", "itemsAll"],
];

function Items({ card, failures, onDone, onError }: Ordered & { failures: number }) {
  const [state, setState] = useState<Shown>("failed");
  const [text, setText] = useState("");
  const [said, setSaid] = useState("");
  const pages = usePages(
    (cursor) => batch.items(card.id, { state: state === "all" ? "" : state, q: text, cursor }),
    [card.id, state, text, failures, said],
    () => undefined,
  );
  const again = async (item: string, reason: string) => {
    onError(null);
    try {
      const done = await batch.move(card.id, "retry", reason, item);
      setSaid(retried(done.units));
      onDone(done.run);
    } catch (e) {
      onError(failed(e));
    }
  };
  return (
    <section class="block items">
      <h3>{t("items")}</h3>
      <Choice
        name="states"
        label={t("itemsState")}
        value={state}
        options={shown.map(([value, word]) => [value, t(word)])}
        onChange={setState}
      />
      <div class="run-filters">
        <label>
          {t("itemsFind")}
          <input
            type="search"
            name="item"
            maxLength={120}
            value={text}
            onInput={(e) => setText(e.currentTarget.value)}
          />
        </label>
      </div>
      {said && <p role="status">{said}</p>}
      <PagedList
        pages={pages}
        none="itemsNone"
        row={(i) => <Item key={`${i.stage} ${i.item} ${i.state}`} i={i} onAgain={again} />}
      />
    </section>
  );
}

function Item({ i, onAgain }: { i: RunItem; onAgain: (item: string, reason: string) => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  return (
    <li class="item">
      <span>
        <b>{stageName(i.stage)}</b> · <span class="code">{i.item}</span>
        {i.poison && <em class="flag poison">{t("itemPoison")}</em>}
      </span>
      {i.reason && <span class="dim small">{i.reason}</span>}
      {i.retryable && account.value?.role === "risk" && !asking && (
        <button type="button" class="button" onClick={() => setAsking(true)}>
          {t("runRetryOne")}
        </button>
      )}
      {asking && (
        <Reason
          go={t("runRetryOne")}
          onGo={(reason) => {
            setAsking(false);
            void onAgain(i.item, reason);
          }}
          onLeave={() => setAsking(false)}
        />
      )}
    </li>
  );
}
