import { useEffect, useState } from "preact/hooks";
import { stateWord } from "./applications";
import { Reasons } from "./decision";
import { Back, settle } from "./household";
import { type AppAct, type ApplicationCard, type Instalment, lending } from "./lending";
import { dateOf, money, percent } from "./numbers";
import { account, failed, go, lang, outlined, t, tell } from "./state";
import type { Word } from "./words";

export function ApplicationPanel({ id }: { id: string }) {
  const [a, setCard] = useState<ApplicationCard | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = () => lending.card(Number(id)).then(setCard, (e) => setError(failed(e)));
  useEffect(() => {
    outlined.value = [];
    void read();
  }, [id]);
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
              setError(null);
              setCard(card);
            }}
            onFailed={(e) => {
              setError(failed(e));
              void read(); // somebody else may have moved it
            }}
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
  const sum = (fen: number) => money(fen, l, a.currency);
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
          <span class="dim">{t(a.state === "referred" ? "proposed" : "offered")}</span>
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
      <p>
        <a class="button" href={lending.letter(a.id, l)} download={`parus-${a.id}.pdf`}>
          {t("letter")}
        </a>
      </p>
    </section>
  );
}

const Fact = ({ name, text }: { name: Word; text: string }) => (
  <div>
    <dt>{t(name)}</dt>
    <dd>{text}</dd>
  </div>
);

type Doable = "approve" | "reject" | "accept" | "withdraw" | "draw" | "repay";
const doable: readonly Doable[] = ["approve", "accept", "draw", "repay", "reject", "withdraw"];
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
  onFailed: (error: unknown) => void;
}

/** What the reader can do now, each with what it needs to say. */
function Acts({ a, onMoved, onFailed }: ActsProps) {
  const [chosen, choose] = useState<Doable | null>(null);
  const can = doable.filter((act) => a.next.includes(act));
  const move = (act: AppAct, fen: number, reason: string) =>
    lending.move(a.id, act, fen, reason).then(
      (card) => {
        choose(null);
        onMoved(card);
      },
      (e) => {
        choose(null);
        onFailed(e);
      },
    );
  if (can.length === 0) {
    const own = a.state === "referred" && a.applied_by === account.value?.name;
    return own ? <p class="block dim">{t("awaitsOther")}</p> : null;
  }
  return (
    <section class="block" aria-label={t("doConfirm")}>
      {chosen === null || !can.includes(chosen) ? (
        <div class="acts">
          {can.map((act, i) => (
            <button key={act} type="button" class={`button ${i === 0 ? "main" : ""}`} onClick={() => choose(act)}>
              {t(doWord[act])}
            </button>
          ))}
        </div>
      ) : (
        <Act act={chosen} a={a} onDo={(fen, reason) => void move(chosen, fen, reason)} onLeave={() => choose(null)} />
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
  onDo: (fen: number, reason: string) => void;
  onLeave: () => void;
}

function Act({ act, a, onDo, onLeave }: ActProps) {
  const start = amountOf(act, a);
  const [yuan, setYuan] = useState(start === null ? "" : String(start));
  const [reason, setReason] = useState("");
  const needed = act === "reject" || act === "withdraw";
  return (
    <form
      class="closing"
      onSubmit={(e) => {
        e.preventDefault();
        onDo(start === null ? 0 : Math.round(Number(yuan) * 100), reason.trim());
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
        <button type="submit" class="button main">
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
  const cents = (fen: number) =>
    new Intl.NumberFormat(l === "zh" ? "zh-CN" : "en-GB", { minimumFractionDigits: 2 }).format(fen / 100);
  const total = (of: (i: Instalment) => number) => cents(a.schedule.reduce((sum, i) => sum + of(i), 0));
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
              <td class="num">{cents(i.principal_fen)}</td>
              <td class="num">{cents(i.interest_fen)}</td>
            </tr>
          ))}
          <tr class="total">
            <th scope="row">{t("sumRow")}</th>
            <td class="num">{total((i) => i.principal_fen)}</td>
            <td class="num">{total((i) => i.interest_fen)}</td>
          </tr>
        </tbody>
      </table>
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
            {h.amount_fen > 0 && ` ${money(h.amount_fen, l, a.currency)}`} ·{" "}
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
