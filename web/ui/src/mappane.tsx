import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { quiet } from "./client";
import { defectPicked, defectShapes } from "./defects";
import { useDrawn } from "./drawn";
import { Legend } from "./legend";
import type { ParcelMap } from "./map";
import { picture } from "./pictures";
import { flight, go, publication, summary, t } from "./state";
import type { StillProps } from "./still";

type Still = ComponentType<StillProps>;

/** A picture in the map's place; its code comes where it is needed. */
function StillPane(props: StillProps) {
  const [Shown, setShown] = useState<Still | null>(null);
  useEffect(() => {
    import("./still").then(
      (m) => setShown(() => m.default),
      () => undefined,
    );
  }, []);
  return (
    <>
      <p class="missing top-note" role="status">
        {t("noMap")}
      </p>
      {Shown && <Shown {...props} />}
    </>
  );
}

/** A defect that was clicked on the map, in the list. */
function pick(seq: number) {
  defectPicked.value = seq;
  document.querySelector<HTMLElement>(`[data-seq="${seq}"]`)?.scrollIntoView({ block: "center" });
}

/** The map arrives after the list: its code is a chunk of its own. */
export function MapPane() {
  const place = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<ParcelMap | null>(null);
  const [over, setOver] = useState<typeof import("./imagery") | null>(null);
  const [missing, setMissing] = useState<"" | "webgl" | "file">("");
  const [far, setFar] = useState(false);

  useEffect(() => {
    let current = true;
    let made: ParcelMap | null = null;
    const load = quiet().then(() => Promise.all([import("./map"), import("./imagery")]));
    load.then(
      ([{ createMap }, imagery]) => {
        if (!current || !place.current) return;
        made = createMap(place.current, {
          onParcel: (id) => go({ kind: "parcel", id }),
          onFar: setFar,
          onDefect: pick,
        });
        setMap(made);
        setOver(imagery);
        setMissing(made === null ? "webgl" : "");
      },
      () => current && setMissing("file"),
    );
    return () => {
      current = false;
      made?.remove();
    };
  }, []);

  const p = publication.value;
  const s = summary.value;
  const target = flight.value;
  const shownPicture = picture.value;
  useDrawn(map, shownPicture);
  useEffect(
    () => map?.defects(defectShapes.value, defectPicked.value),
    [map, p, defectShapes.value, defectPicked.value],
  );
  useEffect(() => {
    if (target) map?.fly(target.bounds);
  }, [map, target]);

  return (
    <section class="map" aria-label={t("map")}>
      <div class="stage">
        <div class="canvas" ref={place} />
        {map && over && <over.Comparison map={map} />}
      </div>
      {missing === "file" && (
        <p class="missing" role="status">
          {t("noMapFile")}
        </p>
      )}
      {missing === "webgl" && p && <StillPane p={p} target={target?.bounds ?? null} />}
      {!missing && (
        <>
          {p && (
            <button
              type="button"
              class="button whole-county"
              onClick={() => {
                if (p.bounds) flight.value = { bounds: p.bounds };
              }}
            >
              {t("whole")}
            </button>
          )}
          {far && <p class="far">{t("zoomHint")}</p>}
          {s && !shownPicture && <Legend s={s} />}
          {map && over && <over.ImageryControl map={map} />}
        </>
      )}
    </section>
  );
}
