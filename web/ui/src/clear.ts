// Which dates are clear, and which two are worth comparing.
import type { Scene } from "./api";

/** From this share of land without cloud on a date counts as clear. */
const clearFrom = 0.7;
export const isClear = (s: Scene) => s.clear_share >= clearFrom;

/** The nearest clear date before the one shown, else after it; the clearest of others where none is clear. */
export function partnerOf(all: Scene[], shown: number): Scene | null {
  const before = all.slice(0, Math.max(shown, 0)).reverse();
  const after = all.slice(shown + 1);
  const clearest = [...before, ...after].sort((a, b) => b.clear_share - a.clear_share)[0];
  return before.find(isClear) ?? after.find(isClear) ?? clearest ?? null;
}
