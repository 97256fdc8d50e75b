import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "./api";
import { stateWord } from "./applications";
import { Reasons } from "./decision";
import { Back, settle } from "./household";
import { type AppAct, type ApplicationCard, type Doable, type Instalment, lending } from "./lending";
import { cents, dateOf, exact, fenOf, percent } from "./numbers";
import { failed, flight, go, lang, outlined, publication, t, tell } from "./state";
import type { Word } from "./words";

/** What became of an application, and what can be done about it now. */
export default function ApplicationPanel({ id }: { id?: string }) {
  const [a, setCard] = useState<ApplicationCard | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = () => lending.card(Number(id)).then(setCard, (e) => setError(failed(e)));
  useEffect(() => {
    outlined.value = [];
    void read();
  }, [id]);
  const p = publication.value?.id;
  useEffect(() => {
    if (!a || a.publication !== p) return;
    let current = true;
    api.household(p, a.household_id).then(
      (h) => {
        if (!current) return;
        outlined.value = h.parcel_list.map((x) => x.id);
        if (h.bounds) flight.value = { bounds: h.bounds };
      },
      (e) => void failed(e), // the card is useful without its place on the map
    );
    return () => {
      current = false;
    };
  }, [a?.id, p]);
  return (
    <article>
      <Back />
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {!a && error === null && <p class="wait">{t("loading")}</p>}
      {a && (
        <>
          <Head a={a} />
          <Acts
            a={a}
            onMoved={(card) => {
              setCard(card);
              document.querySelector<HTMLElement>("article h2")?.focus({ preventScroll: true });
            }}
            onFailed={() => void read()} // somebody else may have moved it
          />
          {a.offer.reasons.length > 0 && (
            <section class="block">
              <h3>{t("why")}</h3>
              <Reasons reasons={a.offer.reasons} />
            </section>
          )}
          <Schedule a={a} />
          <History a={a} />
        </>
      )}
    </article>
  );
}

function Head({ a }: { a: ApplicationCard }) {
  const l = lang.value;
  const sum = (fen: number) => exact(fen, l, a.currency);
  const referral = l === "zh" ? a.offer.referral_zh : a.offer.referral;
  return (
    <section class="block">
      <p class="kicker">
        {t("application")} {a.id}
      </p>
      <h2 tabIndex={-1} ref={settle}>
        {a.household || a.household_id} <em class={`flag ${a.state}`}>{t(stateWord[a.state])}</em>
      </h2>
      <p class="code">
        <a
          href={`/h/${a.household_id}`}
          onClick={(e) => {
            e.preventDefault();
            go({ kind: "household", id: a.household_id });
          }}
        >
          {a.household_id}
        </a>
      </p>
      <div class="line">
        <div class="amount">
          <span class="dim">
            {t(a.state === "referred" ? "proposed" : a.state === "decided" ? "offered" : "granted")}
          </span>
          <strong>{sum(a.line_fen)}</strong>
          {a.offer.counter && a.line_fen < a.asked_fen && <span class="flag">{t("counter")}</span>}
        </div>
        {referral && (a.state === "referred" || a.state === "rejected") && <p>{referral}</p>}
        <dl class="facts">
          <Fact name="asked" text={sum(a.asked_fen)} />
          <Fact name="apr" text={percent(a.apr, l, 2)} />
          <Fact name="due" text={a.due_date ? dateOf(a.due_date, l) : "—"} />
          <Fact name="pd" text={percent(a.pd, l, 1)} />
          {a.expires_at && <Fact name="expires" text={dateOf(a.expires_at.slice(0, 10), l)} />}
          {a.drawn_fen > 0 && <Fact name="owed" text={sum(a.owed_fen)} />}
        </dl>
        {a.late && <p class="alert">{t("late")}</p>}
      </div>
      <Letter id={a.id} />
    </section>
  );
}

/** The letter in the page's language, saved as a file. */
function Letter({ id }: { id: number }) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await lending.letter(id, lang.value));
      link.download = `parus-${id}-${lang.value}.pdf`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the download has begun long since
    } catch (e) {
      setError(failed(e));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="button letter" disabled={busy} onClick={() => void save()}>
        {t("letter")}
      </button>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
    </>
  );
}

const Fact = ({ name, text }: { name: Word; text: string }) => (
  <div>
    <dt>{t(name)}</dt>
    <dd>{text}</dd>
  </div>
);

const doable: readonly Doable[] = ["approve", "accept", "draw", "repay", "reject", "withdraw"];
/** Acts that leave no line; they need a reason and are never the first choice. */
const ends = (act: Doable) => act === "reject" || act === "withdraw";
const doWord: Record<Doable, Word> = {
  approve: "do_approve",
  reject: "do_reject",
  accept: "do_accept",
  withdraw: "do_withdraw",
  draw: "do_draw",
  repay: "do_repay",
};

interface ActsProps {
  a: ApplicationCard;
  onMoved: (a: ApplicationCard) => void;
  onFailed: () => void;
}

/** What the reader can do now, each with what it needs to say. */
function Acts({ a, onMoved, onFailed }: ActsProps) {
  const [chosen, choose] = useState<Doable | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const sent = useRef(false); // a second click comes before the button is off
  const can = doable.filter((act) => a.next.includes(act));
  const move = async (act: Doable, fen: number, reason: string) => {
    if (sent.current) return;
    sent.current = true;
    setBusy(true);
    setError(null);
    try {
      onMoved(await lending.move(a.id, act, fen, reason));
      choose(null);
    } catch (e) {
      setError(failed(e));
      onFailed();
    }
    sent.current = false;
    setBusy(false);
  };
  const waits = a.state === "referred" && !can.includes("approve");
  if (can.length === 0) return waits ? <p class="block dim">{t("awaitsOther")}</p> : null;
  return (
    <section class="block" aria-label={t("doNext")}>
      {waits && <p class="dim">{t("awaitsOther")}</p>}
      {chosen === null || !can.includes(chosen) ? (
        <div class="acts">
          {can.map((act, i) => (
            <button
              key={act}
              type="button"
              class={`button ${i === 0 && !ends(act) ? "main" : ""}`}
              onClick={() => choose(act)}
            >
              {t(doWord[act])}
            </button>
          ))}
        </div>
      ) : (
        <Act
          key={chosen}
          act={chosen}
          a={a}
          busy={busy}
          onDo={(fen, reason) => void move(chosen, fen, reason)}
          onLeave={() => {
            setError(null);
            choose(null);
          }}
        />
      )}
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
    </section>
  );
}

/** The amount that an act starts from, in yuan; null where it has none. */
function amountOf(act: Doable, a: ApplicationCard): number | null {
  if (act === "approve") return a.line_fen / 100;
  if (act === "draw") return (a.line_fen - a.drawn_fen) / 100;
  return act === "repay" ? a.owed_fen / 100 : null;
}

interface ActProps {
  act: Doable;
  a: ApplicationCard;
  busy: boolean;
  onDo: (fen: number, reason: string) => void;
  onLeave: () => void;
}

function Act({ act, a, busy, onDo, onLeave }: ActProps) {
  const start = amountOf(act, a);
  const [yuan, setYuan] = useState(start === null ? "" : String(start));
  const [reason, setReason] = useState("");
  const needed = ends(act);
  return (
    <form
      class="closing"
      onSubmit={(e) => {
        e.preventDefault();
        onDo(start === null ? 0 : fenOf(yuan), reason.trim());
      }}
    >
      <h3>{t(doWord[act])}</h3>
      {start !== null && (
        <label>
          {t("doAmount")}
          <input
            name="amount"
            type="number"
            min="0.01"
            step="0.01"
            required
            value={yuan}
            onInput={(e) => setYuan(e.currentTarget.value)}
          />
        </label>
      )}
      {(needed || act === "approve") && (
        <label>
          {t("doReason")}
          <textarea
            name="reason"
            rows={2}
            maxLength={500}
            required={needed}
            minLength={needed ? 2 : 0}
            value={reason}
            onInput={(e) => setReason(e.currentTarget.value)}
          />
        </label>
      )}
      <div class="acts">
        <button type="submit" class="button main" disabled={busy}>
          {t("doConfirm")}
        </button>
        <button type="button" class="button" onClick={onLeave}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}

function Schedule({ a }: { a: ApplicationCard }) {
  const l = lang.value;
  if (a.schedule.length === 0) return null;
  const total = (of: (i: Instalment) => number) =>
    cents(
      a.schedule.reduce((sum, i) => sum + of(i), 0),
      l,
    );
  return (
    <section class="block">
      <h3>
        {t("schedule")} <span class="dim">({a.currency})</span>
      </h3>
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{t("date")}</th>
            <th scope="col" class="num">
              {t("principal")}
            </th>
            <th scope="col" class="num">
              {t("interest")}
            </th>
          </tr>
        </thead>
        <tbody>
          {a.schedule.map((i) => (
            <tr key={i.date}>
              <th scope="row">{dateOf(i.date, l)}</th>
              <td class="num">{cents(i.principal_fen, l)}</td>
              <td class="num">{cents(i.interest_fen, l)}</td>
            </tr>
          ))}
          <tr class="total">
            <th scope="row">{t("sumRow")}</th>
            <td class="num">{total((i) => i.principal_fen)}</td>
            <td class="num">{total((i) => i.interest_fen)}</td>
          </tr>
        </tbody>
      </table>
      <p class="dim small">{t("scheduleHelp")}</p>
    </section>
  );
}

const actWord: Record<AppAct, Word> = {
  apply: "act_apply",
  decide: "act_decide",
  refer: "act_refer",
  reject: "act_reject",
  approve: "act_approve",
  accept: "act_accept",
  withdraw: "act_withdraw",
  expire: "act_expire",
  draw: "act_draw",
  repay: "act_repay",
};

function History({ a }: { a: ApplicationCard }) {
  const l = lang.value;
  return (
    <section class="block">
      <h3>{t("history")}</h3>
      <ol class="history">
        {a.history.map((h) => (
          <li key={h.seq}>
            <span class="dim">{dateOf(h.at.slice(0, 10), l)}</span> {t(actWord[h.act])}
            {h.amount_fen > 0 && ` ${exact(h.amount_fen, l, a.currency)}`} ·{" "}
            {h.role === "system" ? t("system") : h.actor}
            {h.reason && ` · ${h.reason}`}{" "}
            <span class="code" title={h.hash}>
              {t("link", { n: h.seq, h: h.hash.slice(0, 8) })}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
