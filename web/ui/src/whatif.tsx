import { useEffect, useState } from "preact/hooks";
import type { HouseholdCard } from "./api";
import { post, type Schemas } from "./client";
import { Ceilings, Reasons } from "./decision";
import { fenOf, m2Of, money } from "./numbers";
import { currency, failed, lang, publication, t, tell, unit } from "./state";
import type { Word } from "./words";
import "./whatif.css";

type Supposed = Schemas["WhatIf"];
type Asked = Schemas["WhatIfInputBody"];

const amounts = [
  ["debt_due_fen", "whatIfDebt"],
  ["off_farm_fen", "whatIfOffFarm"],
  ["subsidy_fen", "whatIfSubsidy"],
] as const satisfies [keyof Supposed["assumed"], Word][];

interface Change {
  settled: string[];
  yuan: Partial<Record<(typeof amounts)[number][0], string>>; // as typed; absent: as published
  mu: Record<string, string>; // by parcel, in the unit of area that is chosen
  drop: string[];
}
const nothing: Change = { settled: [], yuan: {}, mu: {}, drop: [] };

const toggled = (list: string[], x: string) => (list.includes(x) ? list.filter((y) => y !== x) : [...list, x]);

/** Square metres in the page's unit of area are so many mu. */
const muOf = (typed: string) => (Number(typed) * m2Of[unit.value]) / m2Of.mu;

/** The request for a change; what is left empty stays as it is. */
function bodyOf(c: Change): Asked {
  const typed = (s: string | undefined) => s !== undefined && s.trim() !== "" && Number.isFinite(Number(s));
  return {
    settled: c.settled,
    drop: c.drop,
    mu: Object.fromEntries(
      Object.entries(c.mu)
        .filter(([id, s]) => typed(s) && !c.drop.includes(id))
        .map(([id, s]) => [id, muOf(s)]),
    ),
    ...Object.fromEntries(
      amounts.filter(([key]) => typed(c.yuan[key])).map(([key]) => [key, fenOf(c.yuan[key] ?? "")]),
    ),
  };
}

/** Asks the server what a line would be; a later question puts an earlier one off. */
function useSupposed(household: string, change: Change) {
  const p = publication.value?.id ?? 0;
  const [got, setGot] = useState<Supposed | null>(null);
  const [error, setError] = useState<unknown>(null);
  const asked = JSON.stringify(bodyOf(change));
  useEffect(() => {
    const stop = new AbortController();
    const wait = setTimeout(() => {
      post("/v1/publications/{publication}/households/{id}/what-if", {
        path: { publication: p, id: household },
        body: JSON.parse(asked) as Asked,
        signal: stop.signal,
      }).then(
        (s) => {
          setGot(s);
          setError(null);
        },
        (e) => stop.signal.aborted || setError(failed(e)),
      );
    }, 250);
    return () => {
      clearTimeout(wait);
      stop.abort();
    };
  }, [p, household, asked]);
  return { got, error };
}

/** What a household's line would be if something were different. */
export default function WhatIf({ card }: { card: HouseholdCard }) {
  const [change, setChange] = useState(nothing);
  const { got, error } = useSupposed(card.id, change);
  return (
    <form class="whatif" onSubmit={(e) => e.preventDefault()}>
      <p class="dim small">{t("whatIfHelp")}</p>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {got && <Outcome s={got} />}
      {!got && error === null && <p class="wait">{t("loading")}</p>}
      <Settled card={card} change={change} onChange={setChange} />
      {got && <Amounts s={got} change={change} onChange={setChange} />}
      {got && <Parcels card={card} s={got} change={change} onChange={setChange} />}
      <button type="button" class="button" onClick={() => setChange(nothing)}>
        {t("whatIfReset")}
      </button>
    </form>
  );
}

function Outcome({ s }: { s: Supposed }) {
  const sum = (fen: number) => money(fen, lang.value, currency.value);
  const { line_fen, reasons, referred, referral, referral_zh } = s.decision;
  const word: Word = s.rise_fen === 0 ? "whatIfSame" : s.rise_fen > 0 ? "whatIfMore" : "whatIfLess";
  return (
    <div class="line" aria-live="polite">
      <div class="amount">
        <span class="dim">{t("whatIfLine")}</span>
        <strong>{line_fen > 0 ? sum(line_fen) : t("noLine")}</strong>
        {referred && <span class="flag">{t("referred")}</span>}
      </div>
      <p>{t(word, { now: sum(s.now_fen), x: sum(Math.abs(s.rise_fen)) })}</p>
      {referred && <p>{lang.value === "zh" ? referral_zh : referral}</p>}
      <Ceilings d={s.decision} />
      {reasons.length > 0 && <Reasons reasons={reasons} />}
      <p class="dim small">{t("whatIfBinding")}</p>
    </div>
  );
}

interface Part {
  change: Change;
  onChange: (c: Change) => void;
}

function Settled({ card, change, onChange }: Part & { card: HouseholdCard }) {
  const reasons = card.decision?.reasons ?? [];
  if (reasons.length === 0) return null;
  return (
    <fieldset>
      <legend>{t("whatIfSettled")}</legend>
      {reasons.map((r) => (
        <label key={r.code} class="tick">
          <input
            type="checkbox"
            checked={change.settled.includes(r.code)}
            onChange={() => onChange({ ...change, settled: toggled(change.settled, r.code) })}
          />
          {lang.value === "zh" ? r.zh : r.en}
        </label>
      ))}
    </fieldset>
  );
}

function Amounts({ s, change, onChange }: Part & { s: Supposed }) {
  return (
    <fieldset>
      <legend>{t("whatIfAmounts")}</legend>
      {amounts.map(([key, word]) => (
        <label key={key} class="field">
          {t(word)}
          <input
            name={key}
            type="number"
            inputMode="numeric"
            min="0"
            value={change.yuan[key] ?? s.assumed[key] / 100}
            onInput={(e) => onChange({ ...change, yuan: { ...change.yuan, [key]: e.currentTarget.value } })}
          />
        </label>
      ))}
    </fieldset>
  );
}

function Parcels({ card, s, change, onChange }: Part & { card: HouseholdCard; s: Supposed }) {
  const shown = (mu: number) => ((mu * m2Of.mu) / m2Of[unit.value]).toFixed(2);
  const list = card.parcel_list.filter((x) => s.assumed.mu[x.id] !== undefined);
  if (list.length === 0) return null;
  return (
    <fieldset>
      <legend>{t("whatIfParcels", { unit: t(unit.value) })}</legend>
      {list.map((x) => (
        <div key={x.id} class="field">
          <label class="tick">
            <input
              type="checkbox"
              aria-label={`${t("whatIfCounts")} ${x.id}`}
              checked={!change.drop.includes(x.id)}
              onChange={() => onChange({ ...change, drop: toggled(change.drop, x.id) })}
            />
            {x.name || x.id.slice(-5)}
          </label>
          <input
            type="number"
            inputMode="decimal"
            min="0.01"
            step="0.01"
            aria-label={t("whatIfArea", { id: x.id })}
            disabled={change.drop.includes(x.id)}
            value={change.mu[x.id] ?? shown(s.assumed.mu[x.id] ?? 0)}
            onInput={(e) => onChange({ ...change, mu: { ...change.mu, [x.id]: e.currentTarget.value } })}
          />
        </div>
      ))}
    </fieldset>
  );
}
