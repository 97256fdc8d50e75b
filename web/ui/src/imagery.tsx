import { useState } from "preact/hooks";
import { Choice } from "./header";
import { dateOf } from "./numbers";
import { at, imagery, kind, opacity, scene, scenes } from "./pictures";
import { lang, t } from "./state";

/** Chooses which imagery lies under the parcels: kind, date, strength. */
export function ImageryControl() {
  const [strength, setStrength] = useState(opacity.value);
  const s = scene.value;
  if (!imagery.value || !s) return null;
  const all = scenes.value;
  const index = Math.min(at.value, all.length - 1);
  const clear = `${Math.floor(s.clear_share * 100)}%`;
  const says = `${dateOf(s.date, lang.value)} · ${t("clearIs", { x: clear })}`;
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
          <label class="slide">
            <span>{says}</span>
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
          <div class="ticks" aria-hidden="true">
            {all.map((x, i) => (
              <i key={x.scene} class={i === index ? "on" : ""} style={{ height: `${3 + 11 * x.clear_share}px` }} />
            ))}
          </div>
          <label class="slide">
            <span>{t("strength", { x: Math.round(strength * 100) })}</span>
            <input
              type="range"
              name="opacity"
              min={10}
              max={100}
              step={10}
              value={strength * 100}
              aria-label={t("strengthLabel")}
              onInput={(e) => {
                opacity.value = e.currentTarget.valueAsNumber / 100;
                setStrength(opacity.value);
              }}
            />
          </label>
          {kind.value === "vegetation" && <Ramp />}
        </>
      )}
    </aside>
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
