// Two dates side by side: the slider's on the right, another one on the left.
import { computed, effect, signal } from "@preact/signals";
import type { Scene } from "./api";
import { partnerOf } from "./clear";
import { dateOf } from "./numbers";
import { at, kind, type Picture, pictureOf, scene, scenes } from "./pictures";
import { lang } from "./state";
import { t } from "./words-imagery";

/** A date and how much of the land is clear on it. */
export const sceneSays = (s: Scene) =>
  `${dateOf(s.date, lang.value)} · ${t("clearIs", { x: `${Math.floor(s.clear_share * 100)}%` })}`;

export const comparing = signal(false);
/** Whether the device had no room for a second map. */
export const refused = signal(false);
/** Id of the scene chosen for the left; "" for the nearest clear date before. */
export const against = signal("");

/** The scene on the left; null where nothing is compared. */
export const left = computed<Scene | null>(() => {
  const all = scenes.value;
  const shown = scene.value;
  if (!comparing.value || !shown) return null;
  const chosen = all.find((s) => s.scene === against.value && s.scene !== shown.scene);
  return chosen ?? partnerOf(all, all.indexOf(shown));
});
export const leftPicture = computed<Picture | null>(() => pictureOf(left.value));

// A comparison ends with the imagery.
effect(() => {
  if (kind.value !== "off") return;
  comparing.value = false;
  against.value = "";
});

/** Pictures of the dates before and after the one shown. */
export const neighbours = computed<Picture[]>(() => {
  const all = scenes.value;
  const index = Math.min(at.value, all.length - 1);
  const near = [all[index - 1], all[index + 1]].map((s) => pictureOf(s ?? null));
  return near.filter((p) => p !== null);
});
