import type { Summary } from "./api";
import { mainCrops } from "./county";
import { cropColour, cropName } from "./crops";
import { Choice } from "./header";
import { lineColours } from "./map-colours";
import { money } from "./numbers";
import { colourBy, currency, dark, filter, lang, t } from "./state";

/** What the colours mean. A crop's row is also a filter of map and list. */
export function Legend({ s }: { s: Summary }) {
  return (
    <aside class="legend" aria-label={t("legend")}>
      {s.scores && (
        <Choice
          name="colours"
          label={t("colourBy")}
          value={colourBy.value}
          options={[
            ["crop", t("byCrop")],
            ["line", t("byLineColour")],
          ]}
          onChange={(v) => {
            colourBy.value = v;
          }}
        />
      )}
      {colourBy.value === "crop" || !s.scores ? <Crops s={s} /> : <Lines breaks={s.scores.line_breaks_fen} />}
    </aside>
  );
}

function Crops({ s }: { s: Summary }) {
  const { known } = mainCrops(s);
  const f = filter.value;
  return (
    <ul>
      {known.map((c) => (
        <li key={c.crop}>
          <button
            type="button"
            aria-pressed={f.crop === c.crop}
            onClick={() => {
              filter.value = { ...f, crop: f.crop === c.crop ? "" : c.crop };
            }}
          >
            <i style={{ background: cropColour(c.crop) }} />
            {cropName(c.crop, lang.value)}
          </button>
        </li>
      ))}
      <li class="still">
        <i class="hatch" />
        {t("unknownCrop")}
      </li>
    </ul>
  );
}

function Lines({ breaks }: { breaks: number[] }) {
  const colours = lineColours(dark.value);
  const cuts = [...new Set(breaks)];
  return (
    <ul>
      <li class="still">
        <i class="hatch" />
        {t("noLineLegend")}
      </li>
      {cuts.map((fen, i) => (
        <li key={fen} class="still">
          <i style={{ background: colours[i] ?? "" }} />
          {t("upTo", { x: money(fen, lang.value, currency.value) })}
        </li>
      ))}
      {cuts.length > 0 && (
        <li class="still">
          <i style={{ background: colours[cuts.length] ?? "" }} />
          {t("above", { x: money(cuts.at(-1) ?? 0, lang.value, currency.value) })}
        </li>
      )}
    </ul>
  );
}
