import { useEffect, useState } from "preact/hooks";
import { api, type Household, type Summary } from "./api";
import { cropColour, cropName, seasonName, unknownColour } from "./crops";
import { PagedList, usePages } from "./list";
import { area, count, dateOf, money } from "./numbers";
import {
  account,
  currency,
  filter,
  flight,
  go,
  lang,
  outlined,
  publication,
  summary,
  t,
  unit,
  villageOf,
} from "./state";

export function CountyPanel() {
  const p = publication.value;
  const s = summary.value;
  useEffect(() => {
    outlined.value = [];
  }, []);
  if (!p) return null;
  return (
    <>
      <section class="block">
        <h2>{p.county_name}</h2>
        <p class="dim">
          {seasonName(p.season, lang.value)}
          {p.starts && p.ends && ` · ${dateOf(p.starts, lang.value)} – ${dateOf(p.ends, lang.value)}`}
        </p>
        <p>{t("start")}</p>
        {s ? <Figures s={s} /> : <p class="wait">{t("loading")}</p>}
      </section>
      {s && <CropBar s={s} />}
      <List />
    </>
  );
}

function Figures({ s }: { s: Summary }) {
  const l = lang.value;
  return (
    <dl class="figures">
      {s.scores && (
        <>
          <div>
            <dt>{t("totalLine")}</dt>
            <dd>{money(s.scores.line_fen, l, currency.value)}</dd>
          </div>
          <div>
            <dt>{t("medianLine")}</dt>
            <dd>{money(s.scores.median_fen, l, currency.value)}</dd>
          </div>
        </>
      )}
      <div>
        <dt>{t("registeredArea")}</dt>
        <dd>
          {area(s.area_m2, l, unit.value)} {t(unit.value)}
        </dd>
      </div>
      <div>
        <dt>{t("households")}</dt>
        <dd>{t("householdsN", { n: count(s.households, l) })}</dd>
      </div>
      <div>
        <dt>{t("parcels")}</dt>
        <dd>{t("parcelsN", { n: count(s.parcels, l) })}</dd>
      </div>
      {s.scores && (
        <div>
          <dt>{t("toReview")}</dt>
          <dd>{t("householdsN", { n: count(s.scores.referred, l) })}</dd>
        </div>
      )}
    </dl>
  );
}

const barCrops = 7; // more slices than this can't be told apart

/** Crops worth a name of their own, largest first; the rest as one. */
export function mainCrops(s: Summary) {
  const known = s.crops.filter((c) => c.crop !== "");
  const rest = known.slice(barCrops).reduce((sum, c) => sum + c.area_m2, 0);
  const unknown = s.crops.find((c) => c.crop === "")?.area_m2 ?? 0;
  return { known: known.slice(0, barCrops), rest, unknown };
}

function CropBar({ s }: { s: Summary }) {
  const { known, rest, unknown } = mainCrops(s);
  const slices = [
    ...known.map((c) => ({
      key: c.crop,
      text: cropName(c.crop, lang.value),
      colour: cropColour(c.crop),
      m2: c.area_m2,
    })),
    { key: "rest", text: t("otherCrops"), colour: "var(--rest)", m2: rest },
    { key: "unknown", text: t("unknownCrop"), colour: unknownColour, m2: unknown },
  ].filter((slice) => slice.m2 > 0);
  return (
    <section class="block">
      <h3>
        {t("cropArea")} <span class="dim">({t(unit.value)})</span>
      </h3>
      <div class="bar" aria-hidden="true">
        {slices.map((slice) => (
          <span key={slice.key} style={{ flexGrow: slice.m2, background: slice.colour }} />
        ))}
      </div>
      <ul class="keys">
        {slices.map((slice) => (
          <li key={slice.key}>
            <i style={{ background: slice.colour }} />
            {slice.text} <b>{area(slice.m2, lang.value, unit.value)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

function List() {
  const p = publication.value?.id ?? 0;
  const f = filter.value;
  const scores = account.value?.role !== "partner";
  const [total, setTotal] = useState(0);
  const pages = usePages(
    (cursor) => api.households(p, { ...f, sort: scores ? f.sort : "id", cursor }),
    [p, f],
    (page) => setTotal(page.total),
  );
  return (
    <section class="block list">
      <h3>
        {t("list")} <span class="dim">{pages.rows && t("householdsN", { n: count(total, lang.value) })}</span>
      </h3>
      <Filters scores={scores} />
      <PagedList pages={pages} none="noHouseholds" row={(h) => <Row key={h.id} h={h} />} />
    </section>
  );
}

function Filters({ scores }: { scores: boolean }) {
  const f = filter.value;
  const s = summary.value;
  const chooseVillage = (code: string) => {
    filter.value = { ...f, village: code };
    const bounds = code ? s?.villages.find((v) => v.code === code)?.bounds : publication.value?.bounds;
    if (bounds) flight.value = { bounds };
  };
  return (
    <div class="filters">
      <select aria-label={t("village")} value={f.village} onChange={(e) => chooseVillage(e.currentTarget.value)}>
        <option value="">{t("allVillages")}</option>
        {s?.villages.map((v) => (
          <option key={v.code} value={v.code}>
            {villageOf(v.code)}
          </option>
        ))}
      </select>
      <select
        aria-label={t("crop")}
        value={f.crop}
        onChange={(e) => {
          filter.value = { ...f, crop: e.currentTarget.value };
        }}
      >
        <option value="">{t("allCrops")}</option>
        {s?.crops
          .filter((c) => c.crop)
          .map((c) => (
            <option key={c.crop} value={c.crop}>
              {cropName(c.crop, lang.value)}
            </option>
          ))}
      </select>
      {scores && (
        <>
          <select
            aria-label={t("sortBy")}
            value={f.sort}
            onChange={(e) => {
              filter.value = { ...f, sort: e.currentTarget.value === "id" ? "id" : "line" };
            }}
          >
            <option value="line">{t("byLine")}</option>
            <option value="id">{t("byID")}</option>
          </select>
          <label class="tick">
            <input
              type="checkbox"
              checked={f.referred}
              onChange={(e) => {
                filter.value = { ...f, referred: e.currentTarget.checked };
              }}
            />
            {t("onlyReferred")}
          </label>
        </>
      )}
    </div>
  );
}

function Row({ h }: { h: Household }) {
  const l = lang.value;
  return (
    <li>
      <a
        href={`/h/${h.id}`}
        class="row"
        onClick={(e) => {
          e.preventDefault();
          go({ kind: "household", id: h.id });
        }}
      >
        <span class="what">
          <b>{h.display_name}</b> <span class="code">{h.id}</span>
        </span>
        <span class="sum">{h.line_fen === null ? "" : money(h.line_fen, l, currency.value)}</span>
        <span class="dim small">
          <i class="dot" style={{ background: h.crop ? cropColour(h.crop) : unknownColour }} />
          {h.crop ? cropName(h.crop, l) : t("unknownCrop")} · {t("parcelsN", { n: count(h.parcels, l) })} ·{" "}
          {area(h.area_m2, l, unit.value)} {t(unit.value)}
          {h.referred && <em class="flag">{t("referred")}</em>}
        </span>
      </a>
    </li>
  );
}
