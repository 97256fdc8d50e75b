// Which imagery the map shows: a date, a kind, how strongly.
import { computed, effect, signal } from "@preact/signals";
import { api, type Imagery, type Scene } from "./api";
import { failed, publication } from "./state";

export type Kind = "off" | "truecolour" | "vegetation";

/** What the server has drawn of the publication's scenes; null before it is known. */
export const imagery = signal<Imagery | null>(null);
export const kind = signal<Kind>("off");
/** Position in the scenes of the kind chosen; the last where it is beyond. */
export const at = signal(Number.MAX_SAFE_INTEGER);
export const opacity = signal(0.9);

/** Scenes that can be shown in the kind chosen; of all kinds where it is off. */
export const scenes = computed(() => {
  const all = imagery.value?.scenes ?? [];
  return kind.value === "off" ? all : all.filter((s) => s.kinds.includes(kind.value));
});
export const scene = computed(() => scenes.value[Math.min(at.value, scenes.value.length - 1)] ?? null);

export interface Picture {
  tiles: string;
  minzoom: number;
  maxzoom: number;
}

/** A scene's tiles in the kind chosen; null where imagery is off. */
export function pictureOf(s: Scene | null): Picture | null {
  const p = publication.value;
  const i = imagery.value;
  if (!p || !s || !i || kind.value === "off") return null;
  const path = `/tiles/${p.id}/imagery/${encodeURIComponent(s.scene)}/${kind.value}/{z}/{x}/{y}?v=${s.version}`;
  return { tiles: path, minzoom: i.minzoom, maxzoom: i.maxzoom };
}

/** The tiles to show, null where imagery is off. */
export const picture = computed(() => pictureOf(scene.value));

let asked = 0;
/** Scenes are drawn after a season is published: until there are some, and while more come, ask again. */
const again = 15000;
/** So often in a row nothing new may come before it is taken for all. */
const patience = 4;

function ask(p: number, quiet = 0) {
  api.imagery(p).then(
    (i) => {
      if (asked !== p) return;
      const fresh = JSON.stringify(i.scenes) !== JSON.stringify(imagery.value?.scenes);
      if (fresh) imagery.value = i;
      const rests = fresh || i.scenes.length === 0 ? 0 : quiet + 1;
      if (rests < patience) setTimeout(() => asked === p && ask(p, rests), again);
    },
    (error) => failed(error), // the map is whole without imagery
  );
}

effect(() => {
  const p = publication.value?.id ?? 0;
  if (asked === p) return;
  asked = p;
  imagery.value = null;
  kind.value = "off";
  if (p !== 0) ask(p);
});
