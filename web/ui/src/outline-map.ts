import "maplibre-gl/dist/maplibre-gl.css";
import type { FeatureCollection } from "geojson";
import {
  type GeoJSONSource,
  Map as LibreMap,
  Marker,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { Outline, Position } from "./api-disputes";
import { styleOf } from "./map-style";
import { boundsOf, type Corner, cornersOf, positionOf } from "./outline";

setWorkerUrl(workerUrl);

export interface OutlineMap {
  propose(o: Outline | null): void;
  remove(): void;
}

interface Asked {
  publication: number;
  dark: boolean;
  disputed: Outline;
  proposed: Outline | null;
  onMove?: (c: Corner, to: Position) => void; // corners can be dragged
}

/** Both outlines over the parcels of a publication, or null where the device has no WebGL2. */
export function createOutlineMap(place: HTMLElement, asked: Asked): OutlineMap | null {
  let map: LibreMap;
  const { publication, dark, disputed, onMove } = asked;
  let proposed = asked.proposed;
  try {
    map = new LibreMap({
      container: place,
      style: backdrop(publication, dark),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 21,
      fadeDuration: 0,
      bounds: boundsOf(proposed ? [disputed, proposed] : [disputed]),
      fitBoundsOptions: { padding: 56, maxZoom: 18 },
    });
  } catch {
    return null;
  }
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ unit: "metric" }), "bottom-right");
  map.once("style.load", () => {
    map.addSource("disputed", { type: "geojson", data: disputed });
    map.addSource("proposed", { type: "geojson", data: proposed ?? nowhere });
    const [paper, ink] = dark ? ["#0b0f0d", "#ffd166"] : ["#ffffff", "#9b1c1c"];
    map.addLayer({
      id: "disputed-casing",
      type: "line",
      source: "disputed",
      paint: { "line-color": paper, "line-width": 5 },
    });
    map.addLayer({
      id: "disputed",
      type: "line",
      source: "disputed",
      paint: { "line-color": dark ? "#e9eeea" : "#18211c", "line-width": 2.5, "line-dasharray": [2, 1.5] },
    });
    map.addLayer({
      id: "proposed-fill",
      type: "fill",
      source: "proposed",
      paint: { "fill-color": ink, "fill-opacity": 0.14 },
    });
    map.addLayer({
      id: "proposed-casing",
      type: "line",
      source: "proposed",
      paint: { "line-color": paper, "line-width": 6 },
    });
    map.addLayer({ id: "proposed", type: "line", source: "proposed", paint: { "line-color": ink, "line-width": 3 } });
  });
  // For whoever has to wait for it.
  map.on("idle", () => {
    place.dataset.rests = "yes";
  });

  const draw = (o: Outline | null) => {
    (map.getSource("proposed") as GeoJSONSource | undefined)?.setData(o ?? nowhere);
  };
  let handles: Marker[] = [];
  const lay = () => {
    if (!onMove) return;
    const corners = proposed ? cornersOf(proposed) : [];
    if (corners.length !== handles.length) {
      for (const h of handles) h.remove();
      handles = corners.map((c, i) => handle(map, c, i, (to) => onMove(c, to)));
    }
    corners.forEach((c, i) => void handles[i]?.setLngLat(positionOf(proposed as Outline, c)));
  };
  lay();
  return {
    propose(o) {
      proposed = o;
      draw(o);
      lay();
    },
    remove: () => map.remove(),
  };
}

const nowhere = { type: "FeatureCollection", features: [] } as const satisfies FeatureCollection;

/** Parcels in faint colours, without counts of villages. */
function backdrop(publication: number, dark: boolean) {
  const style = styleOf(publication, { by: "crop", dark, breaks: [], crop: "" });
  style.layers = style.layers.filter((l) => ["ground", "parcels", "borders"].includes(l.id));
  for (const l of style.layers) if (l.type === "fill") l.paint = { ...l.paint, "fill-opacity": 0.35 };
  return style;
}

/** A corner to drag; the keyboard has the list of corners instead. */
function handle(map: LibreMap, c: Corner, i: number, onMove: (to: Position) => void): Marker {
  const element = document.createElement("div");
  element.className = "corner";
  element.setAttribute("aria-hidden", "true");
  element.setAttribute("role", "presentation");
  element.dataset.corner = c.join("-");
  element.textContent = String(i + 1);
  const marker = new Marker({ element, draggable: true }).setLngLat([0, 0]).addTo(map);
  element.removeAttribute("tabindex");
  marker.on("drag", () => {
    const { lng, lat } = marker.getLngLat();
    onMove([lng, lat]);
  });
  return marker;
}
