import { useEffect, useState } from "preact/hooks";
import type { Summary } from "./api";
import { get, type Schemas } from "./client";
import { cropColour, cropName, seasonName, unknownColour } from "./crops";
import { count, money, percent } from "./numbers";
import { currency, failed, filter, flight, go, lang, publication, summary, t, tell, villageOf } from "./state";
import "./portfolio.css";

type Portfolio = Schemas["Result"];

const sum = (fen: number) => money(fen, lang.value, currency.value);

/** A season's lines added up: where they gather and what may be lost. */
export default function PortfolioView() {
  const p = publication.value;
  const [got, setGot] = useState<Portfolio | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const stop = new AbortController();
    setGot(null);
    setError(null);
    if (!p) return;
    get("/v1/publications/{publication}/portfolio", { path: { publication: p.id }, signal: stop.signal }).then(
      setGot,
      (e) => {
        if (!stop.signal.aborted) setError(failed(e));
      },
    );
    return () => stop.abort();
  }, [p?.id]);
  return (
    <>
      <section class="block">
        <h2>{t("portfolio")}</h2>
        {p && (
          <p class="dim">
            {p.county_name} · {seasonName(p.season, lang.value)}
          </p>
        )}
        <p>{t("portfolioHelp")}</p>
        {error !== null && (
          <p class="alert" role="alert">
            {tell(error)}
          </p>
        )}
        {!got && error === null && <p class="wait">{t("loading")}</p>}
        {got && (got.exposures > 0 ? <Figures r={got} /> : <p>{t("portfolioEmpty")}</p>)}
      </section>
      {got && got.exposures > 0 && <Harvests rates={got.loss_rate_by_bin} />}
      {got && got.exposures > 0 && <Crops r={got} />}
      {got && got.exposures > 0 && summary.value && <Villages r={got} villages={summary.value.villages} />}
    </>
  );
}

function Figures({ r }: { r: Portfolio }) {
  const l = lang.value;
  const of = (fen: number) => t("ofTotal", { x: percent(fen / Math.max(1, r.amount_fen), l, 1) });
  return (
    <>
      <dl class="figures two">
        <div>
          <dt>{t("totalLine")}</dt>
          <dd>{sum(r.amount_fen)}</dd>
        </div>
        <div>
          <dt>{t("exposures")}</dt>
          <dd>{t("householdsN", { n: count(r.exposures, l) })}</dd>
        </div>
        <div>
          <dt>{t("expectedLoss")}</dt>
          <dd>{sum(r.expected_loss_fen)}</dd>
          <dd class="dim small">{of(r.expected_loss_fen)}</dd>
        </div>
        <div>
          <dt>{t("shortfallAt", { x: percent(1 - r.level, l, 0) })}</dt>
          <dd>{sum(r.shortfall_fen)}</dd>
          <dd class="dim small">{of(r.shortfall_fen)}</dd>
        </div>
      </dl>
      <p>{t("ifIndependent", { x: sum(r.independent_fen) })}</p>
      <p class={r.over > 0 ? "alert" : ""}>{r.over > 0 ? t("overLimits", { n: r.over }) : t("noneOver")}</p>
      {r.usage.some((u) => !u.judged) && <p class="dim small">{t("notJudged")}</p>}
      <p class="dim small">{t("simulated", { n: count(r.scenarios, l), x: sum(r.shortfall_se_fen) })}</p>
    </>
  );
}

/** The rate of loss by harvest, worst first, as bars or as a table. */
function Harvests({ rates }: { rates: number[] }) {
  const [table, setTable] = useState(false);
  const l = lang.value;
  if (rates.length === 0) return null;
  const most = Math.max(...rates, 1e-9);
  const width = 320;
  const height = 110;
  const step = width / rates.length;
  return (
    <section class="block">
      <h3>{t("harvests")}</h3>
      <p class="dim small">{t("harvestsHelp")}</p>
      {table ? (
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{t("harvestPart")}</th>
              <th scope="col" class="num">
                {t("lossRate")}
              </th>
            </tr>
          </thead>
          <tbody>
            {rates.map((rate, i) => (
              <tr key={i}>
                <th scope="row">{`${i + 1} / ${rates.length}`}</th>
                <td class="num">{percent(rate, l, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <figure class="harvests">
          <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={t("harvests")}>
            {rates.map((rate, i) => (
              <rect
                key={i}
                x={i * step + 0.5}
                width={step - 1}
                y={height - (rate / most) * height}
                height={(rate / most) * height}
              >
                <title>{percent(rate, l, 2)}</title>
              </rect>
            ))}
          </svg>
          <figcaption>
            <span>{`${t("worst")} ${percent(rates[0] ?? 0, l, 1)}`}</span>
            <span>{`${t("best")} ${percent(rates.at(-1) ?? 0, l, 1)}`}</span>
          </figcaption>
        </figure>
      )}
      <button type="button" class="button" onClick={() => setTable(!table)}>
        {t(table ? "asChart" : "asTable")}
      </button>
    </section>
  );
}

function Crops({ r }: { r: Portfolio }) {
  const l = lang.value;
  return (
    <section class="block">
      <h3>{t("byCropTitle")}</h3>
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{t("crop")}</th>
            <th scope="col" class="num">
              {t("amountOf")}
            </th>
            <th scope="col" class="num">
              {t("shareOf")}
            </th>
            <th scope="col" class="num">
              {t("tailOf")}
            </th>
          </tr>
        </thead>
        <tbody>
          {r.crops.map((c) => (
            <tr key={c.crop}>
              <th scope="row">
                <i class="dot" style={{ background: c.crop ? cropColour(c.crop) : unknownColour }} />
                {c.crop ? cropName(c.crop, l) : t("unknownCrop")}
              </th>
              <td class="num">{sum(c.amount_fen)}</td>
              <td class="num">{percent(c.amount_fen / Math.max(1, r.amount_fen), l, 1)}</td>
              <td class="num">{(c.tail_rate * 100).toFixed(1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="dim small">{t("tailHelp")}</p>
    </section>
  );
}

const shownVillages = 50;

/** Villages by their lines; one filter serves the table and the map. */
function Villages({ r, villages }: { r: Portfolio; villages: Summary["villages"] }) {
  const l = lang.value;
  const [asked, setAsked] = useState("");
  const limit = r.limits.village_cap * 100;
  const list = villages
    .filter((v) => villageOf(v.code).includes(asked.trim()))
    .sort((a, b) => (b.line_fen ?? 0) - (a.line_fen ?? 0))
    .slice(0, shownVillages);
  const narrow = (text: string) => {
    setAsked(text);
    const left = villages.filter((v) => villageOf(v.code).includes(text.trim()));
    const only = left.length === 1 ? left[0]?.bounds : null;
    if (only) flight.value = { bounds: only };
  };
  return (
    <section class="block">
      <h3>{t("byVillageTitle")}</h3>
      <input
        class="find"
        type="search"
        aria-label={t("villageFind")}
        placeholder={t("villageFind")}
        value={asked}
        onInput={(e) => narrow(e.currentTarget.value)}
      />
      {list.length === 0 && <p>{t("villageNone")}</p>}
      {list.length > 0 && (
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{t("village")}</th>
              <th scope="col" class="num">
                {t("households")}
              </th>
              <th scope="col" class="num">
                {t("amountOf")}
              </th>
              <th scope="col" class="num">
                {t("villageLimit")}
              </th>
            </tr>
          </thead>
          <tbody>
            {list.map((v) => (
              <tr key={v.code}>
                <th scope="row">
                  <button
                    type="button"
                    class="link"
                    title={t("villageGo", { id: villageOf(v.code) })}
                    onClick={() => show(v)}
                  >
                    {villageOf(v.code)}
                  </button>
                </th>
                <td class="num">
                  <a
                    href="/"
                    onClick={(e) => {
                      e.preventDefault();
                      filter.value = { ...filter.value, village: v.code, crop: "", referred: false };
                      show(v);
                      go({ kind: "list" });
                    }}
                  >
                    <span class="unseen">{`${t("villageList")} ${villageOf(v.code)} `}</span>
                    {count(v.households, l)}
                  </a>
                </td>
                <td class="num">{sum(v.line_fen ?? 0)}</td>
                <td class="num">{limit > 0 ? percent((v.line_fen ?? 0) / limit, l, 0) : "—"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function show(v: Summary["villages"][number]) {
  if (v.bounds) flight.value = { bounds: v.bounds };
}
