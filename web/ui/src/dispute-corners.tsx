import type { Outline } from "./api-disputes";
import { type Corner, cornersOf, inserted, moved, nudged, positionOf, removable, removed } from "./outline";
import { t } from "./state";

const steps: Record<string, [east: number, north: number]> = {
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};

/** Every corner of an outline, for the keyboard and for figures that a survey gives. */
export function Corners({ shape, onChange }: { shape: Outline; onChange: (o: Outline) => void }) {
  const typed = (c: Corner, axis: 0 | 1, text: string) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value)) return;
    const [lon, lat] = positionOf(shape, c);
    onChange(moved(shape, c, axis === 0 ? [value, lat] : [lon, value]));
  };
  return (
    <table class="grid corners">
      <caption class="unseen">{t("disputeCorners")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("disputeCorners")}</th>
          <th scope="col">{t("disputeLon")}</th>
          <th scope="col">{t("disputeLat")}</th>
          <th scope="col">
            <span class="unseen">{t("disputeKind")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {cornersOf(shape).map((c, i) => {
          const n = i + 1;
          const at = positionOf(shape, c);
          return (
            <tr key={c.join("-")}>
              <td>
                <button
                  type="button"
                  class="button nudge"
                  aria-label={t("disputeNudge", { n })}
                  title={t("disputeNudge", { n })}
                  onKeyDown={(e) => {
                    const step = steps[e.key];
                    if (!step) return;
                    e.preventDefault();
                    const by = e.shiftKey ? 10 : 1;
                    onChange(nudged(shape, c, step[0] * by, step[1] * by));
                  }}
                >
                  {n} ✥
                </button>
              </td>
              {([0, 1] as const).map((axis) => (
                <td key={axis}>
                  <input
                    inputMode="decimal"
                    aria-label={`${t("disputeCorner", { n })} ${t(axis === 0 ? "disputeLon" : "disputeLat")}`}
                    value={at[axis].toFixed(7)}
                    onChange={(e) => typed(c, axis, e.currentTarget.value)}
                  />
                </td>
              ))}
              <td class="acts">
                <button
                  type="button"
                  class="button"
                  aria-label={t("disputeAdd", { n })}
                  title={t("disputeAdd", { n })}
                  onClick={() => onChange(inserted(shape, c))}
                >
                  +
                </button>
                <button
                  type="button"
                  class="button"
                  aria-label={t("disputeRemove", { n })}
                  title={t("disputeRemove", { n })}
                  disabled={!removable(shape, c)}
                  onClick={() => onChange(removed(shape, c))}
                >
                  −
                </button>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
