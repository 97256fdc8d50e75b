import "./still.css";
import { useEffect, useState } from "preact/hooks";
import type { Bounds, Publication } from "./api";
import { received } from "./client";
import { cropColour, unknownColour } from "./crops";
import { lineColours } from "./map-colours";
import { colourBy, dark, failed, flight, go, outlined, summary, t } from "./state";
import { type Feature, featuresOf } from "./vectortile";

export interface StillProps {
  p: Publication;
  target: Bounds | null;
}

const parcelsFrom = 13;
const lastZoom = 16;
const most = 9; // tiles of one picture

interface Shown extends Feature {
  d: string; // path in units of the picture
}
interface Picture {
  box: [x: number, y: number, width: number, height: number];
  parcels: boolean;
  features: Shown[];
}

/** Place of a longitude and latitude in the web's map, each from 0 to 1. */
const place = (lon: number, lat: number): [number, number] => [
  lon / 360 + 0.5,
  0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI),
];

/** The tiles under a box: of the closest zoom that needs few. */
export function tilesOf([west, south, east, north]: Bounds): { z: number; x: number; y: number }[] {
  const [x0, y0] = place(west, north);
  const [x1, y1] = place(east, south);
  for (let z = lastZoom; ; z--) {
    const n = 2 ** z;
    const [l, r, u, d] = [Math.floor(x0 * n), Math.floor(x1 * n), Math.floor(y0 * n), Math.floor(y1 * n)];
    if (z > 0 && (r - l + 1) * (d - u + 1) > most) continue;
    const out = [];
    for (let y = u; y <= d; y++) for (let x = l; x <= r; x++) out.push({ z, x, y });
    return out;
  }
}

async function draw(p: Publication, bounds: Bounds, signal: AbortSignal): Promise<Picture> {
  const tiles = tilesOf(bounds);
  const z = tiles[0]?.z ?? 0;
  const n = 2 ** z * 4096;
  const [x0, y0] = place(bounds[0], bounds[3]).map((v) => v * n) as [number, number];
  const [x1, y1] = place(bounds[2], bounds[1]).map((v) => v * n) as [number, number];
  const wide = Math.max(x1 - x0, y1 - y0) * 0.06 + 20;
  const features = new Map<string, Shown>();
  await Promise.all(
    tiles.map(async ({ x, y }) => {
      const answer = await received(`/tiles/${p.id}/parcels/${z}/${x}/${y}.mvt`, { signal });
      if (answer.status === 204) return;
      for (const f of featuresOf(await answer.arrayBuffer())) {
        const id = String(f.properties.id);
        // From the picture's corner, so that numbers stay short.
        const path = (ring: [number, number][]) =>
          `M${ring.map(([u, v]) => `${Math.round(x * 4096 + u - x0)} ${Math.round(y * 4096 + v - y0)}`).join("L")}`;
        const d = f.rings.map((ring) => (ring.length > 1 ? `${path(ring)}Z` : path(ring))).join("");
        const before = features.get(id);
        // A parcel on a border comes in parts, a village in the margins of several.
        if (before && z >= parcelsFrom) before.d += d;
        else if (!before) features.set(id, { ...f, d });
      }
    }),
  );
  return {
    box: [-wide, -wide, x1 - x0 + 2 * wide, y1 - y0 + 2 * wide].map(Math.round) as Picture["box"],
    parcels: z >= parcelsFrom,
    features: [...features.values()].sort((a, b) => String(a.properties.id).localeCompare(String(b.properties.id))),
  };
}

/** The map as a picture, for devices that cannot draw a moving one. The list beside it mirrors it. */
export default function StillMap({ p, target }: StillProps) {
  const [picture, setPicture] = useState<Picture | null>(null);
  const bounds = target ?? p.bounds;
  useEffect(() => {
    if (!bounds) return;
    const abort = new AbortController();
    draw(p, bounds, abort.signal).then(setPicture, (error) => {
      if (!abort.signal.aborted) failed(error);
    });
    return () => abort.abort();
  }, [p.id, bounds]);
  if (!picture) return null;
  const { box, parcels, features } = picture;
  const open = (event: Event) => {
    const id = (event.target as Element).getAttribute("data-id");
    if (!id) return;
    if (parcels) go({ kind: "parcel", id });
    else {
      const b = summary.value?.villages.find((v) => v.code === id)?.bounds;
      if (b) flight.value = { bounds: b };
    }
  };
  const label = t(parcels ? "stillParcels" : "stillVillages", { n: features.length });
  return (
    <figure class="still">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the list beside it opens the same by keyboard */}
      <svg viewBox={box.join(" ")} role="img" aria-label={label} onClick={open}>
        {features.map((f) => {
          const id = String(f.properties.id);
          const fill = fillOf(f);
          return parcels ? (
            <path key={id} d={f.d} data-id={id} fill={fill} class={outlined.value.includes(id) ? "told" : ""} />
          ) : (
            <circle
              key={id}
              cx={f.d.slice(1).split(" ")[0]}
              cy={f.d.slice(1).split(" ")[1]}
              r={(Math.max(box[2], box[3]) / 90) * (1 + Math.sqrt(Number(f.properties.parcels)) / 14)}
              data-id={id}
              fill={fill}
            />
          );
        })}
      </svg>
      <figcaption>{label}</figcaption>
    </figure>
  );
}

function fillOf({ properties }: Feature): string {
  if (colourBy.value === "crop") {
    return properties.abstained || !properties.crop ? unknownColour : cropColour(String(properties.crop));
  }
  const line = Number(properties.line ?? 0);
  const breaks = summary.value?.scores?.line_breaks_fen ?? [];
  return line <= 0 ? unknownColour : (lineColours(dark.value)[breaks.filter((b) => b < line * 100).length] ?? "");
}
