import { describe, expect, it } from "vitest";
import type { Outline } from "../src/api-disputes";
import { areaOf, boundsOf, cornersOf, inserted, moved, nudged, positionOf, removable, removed } from "../src/outline";

const square: Outline = {
  type: "MultiPolygon",
  coordinates: [
    [
      [
        [117, 36],
        [117.001, 36],
        [117.001, 36.001],
        [117, 36.001],
        [117, 36],
      ],
    ],
  ],
};

describe("outlines", () => {
  it("names corners without the closing one, which follows the first", () => {
    expect(cornersOf(square)).toHaveLength(4);
    const to = moved(square, [0, 0, 0], [116.9, 35.9]).coordinates[0]?.[0];
    expect(to?.[0]).toEqual([116.9, 35.9]);
    expect(to?.at(-1)).toEqual([116.9, 35.9]);
    expect(positionOf(square, [0, 0, 0])).toEqual([117, 36]);
  });
  it("moves by metres: a degree of latitude is 111,195 of them, of longitude at 36° north 89,959", () => {
    expect(positionOf(nudged(square, [0, 0, 1], 0, 1), [0, 0, 1])[1] - 36).toBeCloseTo(1 / 111195, 9);
    expect(positionOf(nudged(square, [0, 0, 1], -10, 0), [0, 0, 1])[0] - 117.001).toBeCloseTo(-10 / 89959, 8);
  });
  it("measures 0.001° by 0.001° at 36° north as 111.195 m by 89.959 m, and takes holes off", () => {
    expect(areaOf(square) / (111.195 * 89.959)).toBeCloseTo(1, 4);
    const ring = square.coordinates[0]?.[0] ?? [];
    expect(areaOf({ type: "MultiPolygon", coordinates: [[ring, ring]] })).toBeCloseTo(0, 6);
  });
  it("adds a corner half-way and keeps three", () => {
    const five = inserted(square, [0, 0, 3]);
    expect(positionOf(five, [0, 0, 4])).toEqual([117, 36.0005]);
    const three = removed(square, [0, 0, 1]);
    expect([removable(square, [0, 0, 1]), removable(three, [0, 0, 1])]).toEqual([true, false]);
    expect(removed(three, [0, 0, 1])).toEqual(three);
    expect(boundsOf([three])).toEqual([117, 36, 117.001, 36.001]);
  });
});
