import { describe, expect, it } from "vitest";
import type { Scene } from "../src/api";
import { isClear, partnerOf } from "../src/clear";

const season = (...shares: number[]): Scene[] =>
  shares.map((clear_share, i) => ({ scene: `S${i}`, date: `2025-06-${10 + i}`, clear_share, kinds: [], version: 1 }));
const partner = (shares: number[], shown: number) => partnerOf(season(...shares), shown)?.scene;

describe("the date to compare with", () => {
  it("is the nearest clear one before", () => {
    expect(partner([1, 0.9, 0.2, 1], 3)).toBe("S1");
  });
  it("is the nearest clear one after where none before is clear", () => {
    expect(partner([0.3, 1, 0.1, 0.8, 1], 1)).toBe("S3");
  });
  it("is the clearest other one where none is clear", () => {
    expect(partner([0.1, 0.5, 1, 0.4], 2)).toBe("S1");
  });
  it("is none where there is one date or none", () => {
    expect(partner([1], 0)).toBeUndefined();
    expect(partner([], -1)).toBeUndefined();
  });
});

it("counts a date as clear from seven tenths on", () => {
  expect(season(0.69, 0.7).map(isClear)).toEqual([false, true]);
});
