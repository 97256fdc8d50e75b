import type { Ceilings, Decision, Reason } from "./api";
import { dateOf, money, percent } from "./numbers";
import { currency, lang, t } from "./state";
import { isWord } from "./words";

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
      {d.referred && <p>{t("referredHelp")}</p>}
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
      {d.ceilings && <CeilingBars c={d.ceilings} />}
      {d.reasons.length === 0 ? (
        <p>{t("noReasons")}</p>
      ) : (
        <>
          <p class="dim">{t("reasons")}</p>
          <ol class="reasons">
            {d.reasons.map((r) => (
              <ReasonRow key={r.code} r={r} />
            ))}
          </ol>
        </>
      )}
      <p class="dim small">{t("notBinding")}</p>
    </section>
  );
}

function ReasonRow({ r }: { r: Reason }) {
  const lift = lang.value === "zh" ? r.lift_zh : r.lift_en;
  return (
    <li>
      <b>{isWord(r.code) ? t(r.code) : t("otherReason")}</b>
      {r.effect_fen > 0 && (
        <span class="gain">{t("effect", { x: money(r.effect_fen, lang.value, currency.value) })}</span>
      )}
      {lift && <p>{lift}</p>}
    </li>
  );
}

function CeilingBars({ c }: { c: Ceilings }) {
  const bars = [
    { text: t("need"), fen: c.need_fen },
    { text: t("capacity"), fen: c.capacity_fen },
    { text: t("value"), fen: c.value_fen },
    { text: t("policy"), fen: c.policy_fen },
  ].filter((b): b is { text: string; fen: number } => b.fen !== null);
  if (bars.length === 0) return null;
  const least = Math.min(...bars.map((b) => b.fen));
  // The least bar must stay readable beside a cap that is many times larger.
  const most = Math.min(Math.max(...bars.map((b) => b.fen)), Math.max(least, 1) * 3);
  return (
    <>
      <p class="dim">{t("ceilings")}</p>
      <ul class="ceilings">
        {bars.map((b) => (
          <li key={b.text} class={b.fen === least ? "least" : ""}>
            <span>{b.text}</span>
            <span class="track" aria-hidden="true">
              <i
                style={{ width: `${Math.max(2, Math.min(1, b.fen / most) * 100)}%` }}
                class={b.fen > most ? "cut" : ""}
              />
            </span>
            <b>{money(b.fen, lang.value, currency.value)}</b>
            {b.fen === least && <em>{t("binding")}</em>}
          </li>
        ))}
      </ul>
    </>
  );
}
