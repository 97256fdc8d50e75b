import { useState } from "preact/hooks";
import { Answered, useAnswer } from "./answer";
import type { HouseholdCard } from "./api";
import { get, type Schemas } from "./client";
import { count, money, percent } from "./numbers";
import { currency, lang, publication, t } from "./state";
import type { Word } from "./words";
import "./outlook.css";

type Outlook = Schemas["Outlook"];

const sum = (fen: number) => money(fen, lang.value, currency.value);

/** What a household's harvest may bring, drawn again from what its line was decided on. */
export default function OutlookOf({ card }: { card: HouseholdCard }) {
  const p = publication.value?.id ?? 0;
  const outlook = useAnswer(
    () => get("/v1/publications/{publication}/households/{id}/outlook", { path: { publication: p, id: card.id } }),
    [p, card.id],
  );
  return (
    <div class="outlook">
      <Answered of={outlook}>
        {(o) => (
          <>
            <Histogram o={o} />
            <Drives o={o} />
          </>
        )}
      </Answered>
    </div>
  );
}

const wide = 360;
const high = 120;

function Histogram({ o }: { o: Outlook }) {
  const l = lang.value;
  const [table, setTable] = useState(false);
  const bins = o.counts.length;
  const most = Math.max(...o.counts);
  const x = (fen: number) => Math.max(0, Math.min(1, (fen - o.from_fen) / (o.width_fen * bins))) * wide;
  const marks: [word: Word, fen: number][] = [
    ["low", o.p10_fen],
    ["mid", o.p50_fen],
    ["high", o.p90_fen],
  ];
  const short =
    o.short > 0
      ? t("outlookShort", { p: percent(o.short, l, 1), x: sum(o.owed_fen) })
      : t("outlookNever", { x: sum(o.owed_fen) });
  return (
    <>
      <h4>{t("outlookTitle")}</h4>
      <p class="dim small">{t("outlookHelp", { n: count(o.draws, l) })}</p>
      <svg viewBox={`0 0 ${wide} ${high + 18}`} role="img" aria-label={`${t("outlookTitle")}: ${short}`}>
        {o.counts.map((n, i) => {
          const from = o.from_fen + i * o.width_fen;
          const h = (n / most) * high;
          return (
            <rect
              key={from}
              class={from + o.width_fen <= o.owed_fen ? "bin short" : "bin"}
              x={(i * wide) / bins + 0.5}
              y={high - h}
              width={Math.max(wide / bins - 1, 0.5)}
              height={h}
            />
          );
        })}
        <line class="ground" x1={0} x2={wide} y1={high} y2={high} />
        {marks.map(([word, fen]) => (
          <line key={word} class={word === "mid" ? "mark mid" : "mark"} x1={x(fen)} x2={x(fen)} y1={0} y2={high} />
        ))}
        {o.owed_fen > 0 && <path class="owed" d={`M${x(o.owed_fen)} ${high} l-5 9 h10 z`} />}
      </svg>
      <p class="ends">
        <span>{sum(o.from_fen)}</span>
        <span>{sum(o.from_fen + bins * o.width_fen)}</span>
      </p>
      <p>{short}</p>
      <button type="button" class="button" aria-expanded={table} onClick={() => setTable(!table)}>
        {t(table ? "asChart" : "asTable")}
      </button>
      {table && (
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{t("outlookFrom")}</th>
              <th scope="col" class="num">
                {t("outlookHow")}
              </th>
            </tr>
          </thead>
          <tbody>
            {o.counts.map((n, i) => {
              const from = o.from_fen + i * o.width_fen;
              return (
                <tr key={from}>
                  <th scope="row">
                    {i === bins - 1
                      ? t("outlookMore", { a: sum(from) })
                      : t("outlookRange", { a: sum(from), b: sum(from + o.width_fen) })}
                  </th>
                  <td class="num">{percent(n / o.draws, l, 1)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </>
  );
}

function Drives({ o }: { o: Outlook }) {
  const l = lang.value;
  const list = o.spread.filter((d) => d.narrower >= 0.005);
  return (
    <>
      <h4>{t("outlookDrives")}</h4>
      {list.length === 0 && <p>{t("outlookSure")}</p>}
      {list.length > 0 && (
        <>
          <p class="dim small">{t("outlookDrivesHelp")}</p>
          <ol class="drives">
            {list.map((d) => (
              <li key={d.source}>
                <span>{t(`drive_${d.source}`)}</span>
                <i class="much" aria-hidden="true">
                  <i style={{ width: `${d.narrower * 100}%` }} />
                </i>
                <b>−{percent(d.narrower, l, 0)}</b>
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}
