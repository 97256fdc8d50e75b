// Outlines as people correct them: corners of rings, moved by metres.

import type { Bounds } from "./api";
import type { Outline, Position } from "./api-disputes";

/** Which corner of an outline: its polygon, ring and place, without the closing one. */
export type Corner = [polygon: number, ring: number, at: number];

// Metres of a degree on a sphere of the earth's mean radius: enough to move a
// corner and to say "about"; what counts is measured by the server.
const metresOfDegree = (Math.PI / 180) * 6371008.8;
const shrink = (lat: number) => Math.cos((lat * Math.PI) / 180);

export const cornersOf = (o: Outline): Corner[] =>
  o.coordinates.flatMap((polygon, p) => polygon.flatMap((ring, r) => ring.slice(1).map((_, i): Corner => [p, r, i])));

export const positionOf = (o: Outline, [p, r, i]: Corner): Position => o.coordinates[p]?.[r]?.[i] ?? [0, 0];

/** The outline with one ring's open corners changed; it stays closed. */
function changed(o: Outline, [p, r]: Corner, change: (corners: Position[]) => Position[]): Outline {
  const coordinates = o.coordinates.map((polygon, pi) =>
    polygon.map((ring, ri) => {
      if (pi !== p || ri !== r) return ring;
      const corners = change(ring.slice(0, -1));
      return [...corners, corners[0] as Position];
    }),
  );
  return { type: "MultiPolygon", coordinates };
}

/** Nine digits are a tenth of a millimetre, as the server answers. */
const rounded = ([lon, lat]: Position): Position => [Number(lon.toFixed(9)), Number(lat.toFixed(9))];

export const moved = (o: Outline, c: Corner, to: Position): Outline =>
  changed(o, c, (corners) => corners.map((x, i) => (i === c[2] ? rounded(to) : x)));

export function nudged(o: Outline, c: Corner, eastM: number, northM: number): Outline {
  const [lon, lat] = positionOf(o, c);
  return moved(o, c, [lon + eastM / (metresOfDegree * shrink(lat)), lat + northM / metresOfDegree]);
}

/** A new corner half-way to the next. */
export const inserted = (o: Outline, c: Corner): Outline =>
  changed(o, c, (corners) => {
    const from = corners[c[2]] as Position;
    const to = corners[(c[2] + 1) % corners.length] as Position;
    return corners.toSpliced(c[2] + 1, 0, rounded([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  });

/** A ring keeps three corners. */
export const removable = (o: Outline, [p, r]: Corner): boolean => (o.coordinates[p]?.[r]?.length ?? 0) > 4;

export const removed = (o: Outline, c: Corner): Outline =>
  removable(o, c) ? changed(o, c, (corners) => corners.toSpliced(c[2], 1)) : o;

/** About how many square metres. */
export function areaOf(o: Outline): number {
  let sum = 0;
  for (const polygon of o.coordinates) {
    polygon.forEach((ring, r) => {
      const [lon0, lat0] = ring[0] ?? [0, 0];
      const k = shrink(lat0);
      let twice = 0;
      for (let i = 0; i + 1 < ring.length; i++) {
        const [ax, ay] = ring[i] as Position;
        const [bx, by] = ring[i + 1] as Position;
        twice += (ax - lon0) * (by - lat0) - (bx - lon0) * (ay - lat0);
      }
      sum += ((r === 0 ? 1 : -1) * Math.abs(twice) * k * metresOfDegree ** 2) / 2;
    });
  }
  return sum;
}

export function boundsOf(outlines: Outline[]): Bounds {
  const b: Bounds = [180, 90, -180, -90];
  for (const [lon, lat] of outlines.flatMap((o) => o.coordinates.flat(2))) {
    b[0] = Math.min(b[0], lon);
    b[1] = Math.min(b[1], lat);
    b[2] = Math.max(b[2], lon);
    b[3] = Math.max(b[3], lat);
  }
  return b;
}
