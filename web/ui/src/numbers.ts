import type { Lang } from "./words";

export type Unit = "mu" | "ha";

/** Square metres of one mu (1/15 hectare) and of one hectare. */
export const m2Of: Record<Unit, number> = { mu: 10000 / 15, ha: 10000 };

const locale = (lang: Lang) => (lang === "zh" ? "zh-CN" : "en-GB");

function number(value: number, lang: Lang, digits: number): string {
  return new Intl.NumberFormat(locale(lang), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    value,
  );
}

/** Whole numbers with separators. */
export const count = (n: number, lang: Lang): string => number(n, lang, 0);

/** Money from minor units: 8,200 元, or ¥8,200. Large sums in Chinese count in 万. */
export function money(fen: number, lang: Lang, currency = "CNY"): string {
  const major = fen / 100;
  if (currency !== "CNY") {
    return new Intl.NumberFormat(locale(lang), { style: "currency", currency, maximumFractionDigits: 0 }).format(major);
  }
  if (lang === "en") {
    return major >= 1e6 ? `¥${number(major / 1e6, lang, 2)} m` : `¥${number(major, lang, 0)}`;
  }
  return major >= 1e6 ? `${number(major / 1e4, lang, 1)} 万元` : `${number(major, lang, 0)} 元`;
}

/** A sum to the last fen, for what is owed and paid: 8,200 元, 8,200.50 元. */
export function exact(fen: number, lang: Lang, currency = "CNY"): string {
  const digits = fen % 100 === 0 ? 0 : 2;
  if (currency !== "CNY") {
    const as = { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits } as const;
    return new Intl.NumberFormat(locale(lang), as).format(fen / 100);
  }
  return lang === "en" ? `¥${number(fen / 100, lang, digits)}` : `${number(fen / 100, lang, digits)} 元`;
}

/** A column of sums, without the currency. */
export const cents = (fen: number, lang: Lang): string => number(fen / 100, lang, 2);

/** Minor units of what somebody typed in major ones. */
export const fenOf = (typed: string): number => Math.round(Number(typed) * 100);

/** Area from square metres, without its unit. */
export function area(m2: number, lang: Lang, unit: Unit): string {
  const v = m2 / m2Of[unit];
  return number(v, lang, v >= 1000 ? 0 : unit === "mu" ? 1 : 2);
}

/** Yield from kg/ha, without its unit: kg per mu, or tonnes per hectare. */
export function yieldOf(kgPerHa: number, lang: Lang, unit: Unit): string {
  return unit === "mu" ? number(kgPerHa / 15, lang, 0) : number(kgPerHa / 1000, lang, 2);
}

export function yieldUnit(lang: Lang, unit: Unit): string {
  if (unit === "mu") return lang === "zh" ? "公斤/亩" : "kg/mu";
  return lang === "zh" ? "吨/公顷" : "t/ha";
}

export const percent = (p: number, lang: Lang, digits = 0): string => `${number(p * 100, lang, digits)}%`;

/** A probability in whole percent that never claims certainty it does not have. */
export function chance(p: number, lang: Lang): string {
  if (p > 0 && p < 0.005) return "<1%";
  if (p < 1 && p >= 0.995) return ">99%";
  return percent(p, lang);
}

/** A YYYY-MM-DD date as people write it. */
export function dateOf(iso: string, lang: Lang): string {
  if (lang === "zh") return iso;
  return new Intl.DateTimeFormat("en-GB", { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" }).format(
    new Date(`${iso}T00:00:00Z`),
  );
}
