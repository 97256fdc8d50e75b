import type { Lang } from "./words";

// Names of the catalogue's crops and the colour of each on the map. Colours are
// muted, told apart in lightness too, and never the only sign.
const crops: Record<string, [zh: string, en: string, colour: string]> = {
  winter_wheat: ["冬小麦", "winter wheat", "#d9a441"],
  spring_wheat: ["春小麦", "spring wheat", "#e0bd6f"],
  barley: ["大麦", "barley", "#c8b26a"],
  maize: ["玉米", "maize", "#e9c33f"],
  rice_early: ["早稻", "early rice", "#7cc4c0"],
  rice_single: ["中稻", "single-season rice", "#4fa6b3"],
  rice_japonica: ["粳稻", "japonica rice", "#3f8fae"],
  rice_late: ["晚稻", "late rice", "#2f7594"],
  soybean: ["大豆", "soybean", "#5f9e4a"],
  peanut: ["花生", "peanut", "#b5764a"],
  rapeseed: ["油菜", "rapeseed", "#c9d23e"],
  cotton: ["棉花", "cotton", "#b9a7d6"],
  potato: ["马铃薯", "potato", "#8d6a9f"],
  sugarcane: ["甘蔗", "sugar cane", "#3f7f52"],
  sugar_beet: ["甜菜", "sugar beet", "#a4496b"],
  tobacco: ["烟草", "tobacco", "#8a7d3c"],
  apple: ["苹果", "apple", "#d06a5c"],
  citrus: ["柑橘", "citrus", "#e08a3c"],
  tea: ["茶", "tea", "#2f6b4f"],
  tomato: ["番茄", "tomato", "#cf4b3e"],
  garlic: ["大蒜", "garlic", "#9fb7a0"],
  sunflower: ["向日葵", "sunflower", "#f0a92e"],
  pulses: ["杂豆", "pulses", "#86b56a"],
  cabbage: ["甘蓝", "cabbage", "#9ccf8e"],
  grassland: ["草地", "grassland", "#a8c98a"],
  orchard: ["果园", "orchard", "#3e7d6b"],
  fallow: ["休耕", "fallow", "#c9bda6"],
  no_crop: ["未种植", "no crop", "#b5afa3"],
};

/** The catalogue's crops: what is named here but land on which nothing grows. */
export const cropCodes = Object.keys(crops).filter((code) => code !== "fallow" && code !== "no_crop");

export const unknownColour = "#9aa09c";

export const cropName = (code: string, lang: Lang): string =>
  crops[code]?.[lang === "zh" ? 0 : 1] ?? code.replaceAll("_", " ");

export const cropColour = (code: string): string => crops[code]?.[2] ?? unknownColour;

// What the recogniser says where it abstains, as patterns of its English words.
const abstentions: [pattern: RegExp, zh: string, en: string][] = [
  [/cover (\d+) ?% of the season/, "影像只覆盖了本季的 $1%。", "The images cover $1% of the season only."],
  [
    /unlike the training samples: (\d+) ?%/,
    "曲线有 $1% 超出已知样本的范围。",
    "$1% of the curve is unlike any known sample.",
  ],
  [
    /probability ([\d.]+) is below the cut-off ([\d.]+)/,
    "最高概率 $1 低于门槛 $2。",
    "The best probability $1 is below $2.",
  ],
];

/** Why a crop is not known, in words; empty where the recogniser says nothing that is known here. */
export function whyUnknown(reason: string, lang: Lang): string {
  for (const [pattern, zh, en] of abstentions) {
    const found = pattern.exec(reason);
    if (found) return (lang === "zh" ? zh : en).replace("$1", found[1] ?? "").replace("$2", found[2] ?? "");
  }
  return "";
}

const seasons: Record<string, [zh: string, en: string]> = {
  spring: ["春季", "spring"],
  summer: ["夏季", "summer"],
  autumn: ["秋季", "autumn"],
  winter: ["冬季", "winter"],
};

/** A season's name as people say it: "2025-summer" is 2025 年夏季; others stay as they are. */
export function seasonName(name: string, lang: Lang): string {
  const [, year, part] = /^(\d{4})(?:-([a-z]+))?$/.exec(name) ?? [];
  if (!year) return name;
  const word = part === undefined ? "" : seasons[part]?.[lang === "zh" ? 0 : 1];
  if (word === undefined) return name;
  return lang === "zh" ? `${year} 年${word}` : [word, year].filter(Boolean).join(" ");
}
