import { useState } from "preact/hooks";
import type { CountyBand, Curve } from "./api";
import { cropName } from "./crops";
import { dateOf, percent } from "./numbers";
import { lang, t } from "./state";

/** Where half of the parcel was clear an observation counts; below it is drawn hollow. */
const clear = 0.5;

const day = (iso: string) => Date.parse(`${iso}T00:00:00Z`) / 86400000;

const width = 372;
const height = 176;
const left = 26;
const right = 6;
const top = 8;
const bottom = 20;

export function CurveSection({ curve, band }: { curve: Curve | null; band: CountyBand | null }) {
  const [table, setTable] = useState(false);
  return (
    <section class="block">
      <h3>
        {t("curve")} <span class="dim">NDVI</span>
        {curve && (
          <button type="button" class="aside" aria-pressed={table} onClick={() => setTable(!table)}>
            {table ? t("asChart") : t("asTable")}
          </button>
        )}
      </h3>
      {!curve && <p class="dim">{t("noCurve")}</p>}
      {curve && (table ? <Values curve={curve} band={band} /> : <Chart curve={curve} band={band} />)}
    </section>
  );
}

interface Scale {
  x: (d: number) => number;
  y: (v: number) => number;
  from: number;
  to: number;
}

function scaleOf(curve: Curve): Scale {
  const days = curve.dates.map(day);
  const start =
    curve.smooth_from === null ? [] : [day(curve.smooth_from), day(curve.smooth_from) + curve.smooth.length - 1];
  const from = Math.min(...days, ...start);
  const to = Math.max(...days, ...start, from + 1);
  return {
    from,
    to,
    x: (d) => left + ((d - from) / (to - from)) * (width - left - right),
    y: (v) => top + (1 - Math.max(0, Math.min(1, v))) * (height - top - bottom),
  };
}

/** The first days of months in view, as labels below the axis. */
function months(s: Scale): { d: number; text: string }[] {
  const out: { d: number; text: string }[] = [];
  const at = new Date(s.from * 86400000);
  at.setUTCDate(1);
  const every = s.to - s.from > 250 ? 2 : 1;
  for (let n = 0; at.getTime() / 86400000 <= s.to; n++) {
    const d = at.getTime() / 86400000;
    const text = new Intl.DateTimeFormat(lang.value === "zh" ? "zh-CN" : "en-GB", {
      month: "short",
      timeZone: "UTC",
    }).format(at);
    if (d >= s.from && n % every === 0) out.push({ d, text });
    at.setUTCMonth(at.getUTCMonth() + 1);
  }
  return out;
}

/** A path through the values, lifted where one is missing. */
function path(s: Scale, days: number[], values: (number | null | undefined)[]): string {
  let pen = "M";
  let out = "";
  values.forEach((v, i) => {
    const d = days[i];
    if (v === null || v === undefined || d === undefined) {
      pen = "M";
      return;
    }
    out += `${pen}${s.x(d).toFixed(1)} ${s.y(v).toFixed(1)}`;
    pen = "L";
  });
  return out;
}

function bandPath(s: Scale, band: CountyBand): string {
  const days = band.dates.map(day);
  const upper = days.map((d, i) => `${s.x(d).toFixed(1)} ${s.y(band.p90[i] ?? 0).toFixed(1)}`);
  const lower = days.map((d, i) => `${s.x(d).toFixed(1)} ${s.y(band.p10[i] ?? 0).toFixed(1)}`).reverse();
  return `M${[...upper, ...lower].join("L")}Z`;
}

function bandName(band: CountyBand): string {
  return band.crop ? t("bandCrop", { crop: cropName(band.crop, lang.value) }) : t("bandAll");
}

function Chart({ curve, band }: { curve: Curve; band: CountyBand | null }) {
  const s = scaleOf(curve);
  const smoothDays = curve.smooth_from === null ? [] : curve.smooth.map((_, i) => day(curve.smooth_from ?? "") + i);
  const hasCloudy = curve.ndvi.some((v, i) => v !== null && (curve.valid[i] ?? 0) < clear);
  return (
    <>
      <p class="dim">{t("curveHelp")}</p>
      <svg class="chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={t("curve")}>
        {[0, 0.25, 0.5, 0.75, 1].map((v) => (
          <g key={v}>
            <line class="rule" x1={left} x2={width - right} y1={s.y(v)} y2={s.y(v)} />
            {v * 2 === Math.round(v * 2) && (
              <text x={left - 5} y={s.y(v) + 3.5} text-anchor="end">
                {v}
              </text>
            )}
          </g>
        ))}
        {months(s).map((m) => (
          <text key={m.d} x={s.x(m.d)} y={height - 5} text-anchor={s.x(m.d) < left + 8 ? "start" : "middle"}>
            {m.text}
          </text>
        ))}
        {band && <path class="band" d={bandPath(s, band)} />}
        <path class="smooth" d={path(s, smoothDays, curve.smooth)} />
        {curve.dates.map((iso, i) => {
          const v = curve.ndvi[i];
          if (v === null || v === undefined) return null;
          const ok = (curve.valid[i] ?? 0) >= clear;
          return (
            <circle key={iso} class={ok ? "clear" : "cloudy"} cx={s.x(day(iso))} cy={s.y(v)} r={ok ? 2.8 : 2.6}>
              <title>{`${dateOf(iso, lang.value)} · NDVI ${v.toFixed(2)} · ${t("clearShare")} ${percent(curve.valid[i] ?? 0, lang.value)}`}</title>
            </circle>
          );
        })}
      </svg>
      <ul class="keys">
        <li>
          <svg width="18" height="10" aria-hidden="true">
            <path class="smooth" d="M1 5h16" />
          </svg>
          {t("smooth")}
        </li>
        <li>
          <svg width="10" height="10" aria-hidden="true">
            <circle class="clear" cx="5" cy="5" r="3" />
          </svg>
          {t("clear")}
        </li>
        {hasCloudy && (
          <li>
            <svg width="10" height="10" aria-hidden="true">
              <circle class="cloudy" cx="5" cy="5" r="3" />
            </svg>
            {t("cloudy")}
          </li>
        )}
        {band && (
          <li>
            <svg width="18" height="10" aria-hidden="true">
              <rect class="band" width="18" height="10" />
            </svg>
            {bandName(band)}
          </li>
        )}
      </ul>
    </>
  );
}

function Values({ curve, band }: { curve: Curve; band: CountyBand | null }) {
  const at = new Map(band?.dates.map((d, i) => [d, i]));
  const two = (v: number | null | undefined) => (v === null || v === undefined ? "—" : v.toFixed(2));
  return (
    <table class="grid">
      <thead>
        <tr>
          <th scope="col">{t("date")}</th>
          <th scope="col" class="num">
            NDVI
          </th>
          <th scope="col" class="num">
            {t("clearShare")}
          </th>
          {band && (
            <th scope="col" class="num">
              {bandName(band)}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {curve.dates.map((iso, i) => {
          const b = at.get(iso);
          return (
            <tr key={iso}>
              <th scope="row">{dateOf(iso, lang.value)}</th>
              <td class="num">{two(curve.ndvi[i])}</td>
              <td class="num">{percent(curve.valid[i] ?? 0, lang.value)}</td>
              {band && <td class="num">{b === undefined ? "—" : `${two(band.p10[b])}–${two(band.p90[b])}`}</td>}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
