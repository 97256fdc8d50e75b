import type { Decision, Reason } from "./api";
import { Interval } from "./interval";
import { dateOf, money, percent } from "./numbers";
import { currency, lang, t } from "./state";

/** The line with what it costs and when it is due. */
export function Line({ d }: { d: Decision }) {
  const l = lang.value;
  return (
    <div class="line">
      <div class="amount">
        <span class="dim">{t("line")}</span>
        <strong>{d.line_fen > 0 ? money(d.line_fen, l, currency.value) : t("noLine")}</strong>
        {d.referred && <span class="flag">{t("referred")}</span>}
      </div>
      {d.referred && (
        <p>
          {lang.value === "zh" ? d.referral_zh : d.referral}
          <br />
          {t("referredHelp")}
        </p>
      )}
      <dl class="facts">
        <div>
          <dt>{t("pd")}</dt>
          <dd>{percent(d.pd, l, 1)}</dd>
        </div>
        <div>
          <dt>{t("apr")}</dt>
          <dd>{percent(d.apr, l, 2)}</dd>
        </div>
        <div>
          <dt>{t("due")}</dt>
          <dd>{d.due_date ? dateOf(d.due_date, l) : "—"}</dd>
        </div>
      </dl>
    </div>
  );
}

export function Why({ d }: { d: Decision }) {
  return (
    <section class="block">
      <h3>{t("why")}</h3>
      <Ceilings d={d} />
      {d.reasons.length === 0 ? <p>{t("noReasons")}</p> : <Reasons reasons={d.reasons} />}
      <h4>{t("income")}</h4>
      <Interval low={d.income.p10_fen} mid={d.income.p50_fen} high={d.income.p90_fen} show={sum} />
      <p class="dim small">{t("notBinding")}</p>
    </section>
  );
}

export function Reasons({ reasons }: { reasons: Reason[] }) {
  return (
    <>
      <h4>{t("reasons")}</h4>
      <ol class="reasons">
        {reasons.map((r) => (
          <ReasonRow key={r.code} r={r} />
        ))}
      </ol>
    </>
  );
}

const sum = (fen: number) => money(fen, lang.value, currency.value);

function ReasonRow({ r }: { r: Reason }) {
  const zh = lang.value === "zh";
  const lift = zh ? r.lift_zh : r.lift_en;
  return (
    <li>
      {r.effect_fen > 0 && <span class="gain">{t("effect", { x: sum(r.effect_fen) })}</span>}
      <b>{(zh ? r.zh : r.en) || t("otherReason")}</b>
      {lift && <p>{lift}</p>}
    </li>
  );
}

export function Ceilings({ d }: { d: Decision }) {
  const bars = [
    { key: "need", text: t("need"), fen: d.need_fen },
    { key: "capacity", text: t("capacity"), fen: d.capacity_fen },
    { key: "value", text: t("value"), fen: d.value_fen },
    { key: "cap", text: t("policy"), fen: d.cap_fen },
  ];
  const binding = bars.some((b) => b.key === d.binding) ? d.binding : "cap";
  const least = Math.min(...bars.map((b) => b.fen));
  // The least bar must stay readable beside a cap that is many times larger.
  const most = Math.max(1, Math.min(Math.max(...bars.map((b) => b.fen)), Math.max(least, 100000) * 3));
  return (
    <>
      <p class="dim">{t("ceilings")}</p>
      <ul class="ceilings">
        {bars.map((b) => (
          <li key={b.key} class={b.key === binding ? "least" : ""}>
            <span>{b.text}</span>
            <span class="track" aria-hidden="true">
              <i
                style={{ width: `${Math.max(2, Math.min(1, b.fen / most) * 100)}%` }}
                class={b.fen > most ? "cut" : ""}
              />
            </span>
            <b>{sum(b.fen)}</b>
            {b.key === binding && <em>{t("binding")}</em>}
          </li>
        ))}
      </ul>
    </>
  );
}
