import { useEffect } from "preact/hooks";
import { lookAhead } from "./ahead";
import type { Scene } from "./api";
import { isClear } from "./clear";
import { against, comparing, left, neighbours, refused, sceneSays } from "./comparison";
import { Choice } from "./header";
import type { ParcelMap } from "./map";
import { at, imagery, kind, opacity, scene, scenes } from "./pictures";
import { t } from "./words-imagery";
import "./imagery.css";

export { Comparison } from "./swipe";

/** Chooses which imagery lies under the parcels: kind, date, strength, and another date to compare with. */
export function ImageryControl({ map }: { map: ParcelMap }) {
  const near = neighbours.value;
  useEffect(() => (near.length > 0 ? lookAhead(map, near) : undefined), [map, near]);
  if (!imagery.value || !scene.value) return null;
  return (
    <aside class="imagery" aria-label={t("imagery")}>
      <Choice
        name="pictures"
        label={t("imagery")}
        value={kind.value}
        options={[
          ["off", t("imageryOff")],
          ["truecolour", t("trueColour")],
          ["vegetation", t("vegetation")],
        ]}
        onChange={(v) => {
          kind.value = v;
        }}
      />
      {kind.value !== "off" && (
        <>
          <DateSlider shown={scene.value} />
          {scenes.value.length > 1 && !refused.value && <Compared shown={scene.value} />}
          {refused.value && <p role="status">{t("compareNone")}</p>}
          <Strength />
          {kind.value === "vegetation" && <Ramp />}
        </>
      )}
    </aside>
  );
}

function DateSlider({ shown }: { shown: Scene }) {
  const all = scenes.value;
  const index = all.indexOf(shown);
  const says = sceneSays(shown);
  return (
    <>
      <label class="slide">
        <span>{comparing.value ? `${t("compareRight")} ${says}` : says}</span>
        <input
          type="range"
          name="date"
          min={0}
          max={all.length - 1}
          step={1}
          value={index}
          aria-label={t("imageryDate")}
          aria-valuetext={says}
          onInput={(e) => {
            at.value = e.currentTarget.valueAsNumber;
          }}
        />
      </label>
      <div class="dates" aria-hidden="true">
        {all.map((s) => (
          <i
            key={s.scene}
            class={`${isClear(s) ? "" : "hollow"} ${s === shown ? "here" : ""} ${s === left.value ? "there" : ""}`}
            style={{ height: `${4 + 10 * s.clear_share}px` }}
          />
        ))}
      </div>
      {!all.every(isClear) && <p class="dates-help">{t("cloudyMarks")}</p>}
    </>
  );
}

/** Turns the comparison on and off and picks the left date. */
function Compared({ shown }: { shown: Scene }) {
  const l = left.value;
  return (
    <div class="compared">
      {l && (
        <label>
          <span>{t("compareLeft")}</span>
          <select
            name="against"
            value={l.scene}
            onChange={(e) => {
              against.value = e.currentTarget.value;
            }}
          >
            {scenes.value.map((s) => (
              <option key={s.scene} value={s.scene} disabled={s === shown}>
                {sceneSays(s)}
              </option>
            ))}
          </select>
        </label>
      )}
      <button
        type="button"
        class="button"
        onClick={() => {
          comparing.value = !comparing.value;
        }}
      >
        {t(l ? "compareEnd" : "compare")}
      </button>
    </div>
  );
}

function Strength() {
  const percent = Math.round(opacity.value * 100);
  return (
    <label class="slide strength">
      <span>{t("strength", { x: percent })}</span>
      <input
        type="range"
        name="opacity"
        min={10}
        max={100}
        step={10}
        value={percent}
        aria-label={t("strengthLabel")}
        onInput={(e) => {
          opacity.value = e.currentTarget.valueAsNumber / 100;
        }}
      />
    </label>
  );
}

/** The legend of vegetation, as the server draws it. */
function Ramp() {
  const stops = imagery.value?.legend ?? [];
  const first = stops[0];
  const last = stops.at(-1);
  if (!first || !last) return null;
  const place = (ndvi: number) => Math.round(((ndvi - first.ndvi) / (last.ndvi - first.ndvi)) * 100);
  return (
    <div class="ramp">
      <div style={{ background: `linear-gradient(to right, ${stops.map((s) => `${s.colour} ${place(s.ndvi)}%`)})` }} />
      <p>
        <span>
          {t("bare")} {first.ndvi}
        </span>
        <span>
          {last.ndvi} {t("dense")}
        </span>
      </p>
      <p class="still">
        <i class="cloudhatch" />
        {t("cloudHatch")}
      </p>
    </div>
  );
}
