import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { quiet } from "./api";
import { defectPicked, defectShapes } from "./defects";
import { ImageryControl } from "./imagery";
import { Legend } from "./legend";
import type { ParcelMap } from "./map";
import { opacity, picture } from "./pictures";
import { colourBy, dark, filter, flight, go, outlined, publication, summary, t } from "./state";
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
  const [missing, setMissing] = useState<"" | "webgl" | "file">("");
  const [far, setFar] = useState(false);

  useEffect(() => {
    let current = true;
    let made: ParcelMap | null = null;
    const load = quiet().then(() => import("./map"));
    load.then(
      ({ createMap }) => {
        if (!current || !place.current) return;
        made = createMap(place.current, {
          onParcel: (id) => go({ kind: "parcel", id }),
          onFar: setFar,
          onDefect: pick,
        });
        setMap(made);
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
  const breaks = s?.scores?.line_breaks_fen;
  const target = flight.value;
  const crop = filter.value.crop;
  useEffect(
    () => map?.paint({ by: colourBy.value, dark: dark.value, breaks: breaks ?? [], crop }),
    [map, colourBy.value, dark.value, breaks, crop],
  );
  useEffect(() => {
    if (p) map?.show(p);
  }, [map, p]);
  const shownPicture = picture.value;
  useEffect(() => map?.picture(shownPicture, opacity.value), [map, shownPicture, opacity.value]);
  useEffect(
    () => map?.defects(defectShapes.value, defectPicked.value),
    [map, p, defectShapes.value, defectPicked.value],
  );
  useEffect(() => map?.outline(outlined.value), [map, outlined.value]);
  useEffect(() => {
    if (target) map?.fly(target.bounds);
  }, [map, target]);

  return (
    <section class="map" aria-label={t("map")}>
      <div class="canvas" ref={place} />
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
          <ImageryControl />
        </>
      )}
    </section>
  );
}
