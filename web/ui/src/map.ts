import "maplibre-gl/dist/maplibre-gl.css";
import type { FeatureCollection } from "geojson";
import {
  AttributionControl,
  addProtocol,
  type GeoJSONSource,
  Map as LibreMap,
  type LngLatBoundsLike,
  NavigationControl,
  type PointLike,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { Bounds, Publication } from "./api";
import { defectLayers, emptyStyle, fillOf, ground, hatch, hatchOf, opacityOf, type Paint, styleOf } from "./map-style";
import type { Picture } from "./pictures";

setWorkerUrl(workerUrl);

// Where a scene shows nothing the server has no tile; the map wants an image.
const nothing = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII="),
  (c) => c.charCodeAt(0),
);
addProtocol("scene", async ({ url }, abort) => {
  const answer = await fetch(location.origin + url.slice("scene://".length), { signal: abort.signal });
  if (!answer.ok && answer.status !== 204) throw new Error(`tile: status ${answer.status}`);
  const data = answer.status === 204 ? nothing.slice().buffer : await answer.arrayBuffer();
  return { data };
});

/** From this zoom on tiles hold parcels, below it villages. */
const parcelsFrom = 13;
/** Pixels of a picture's tile, as the server draws it. */
const pictureTile = 256;
/** The zoom from which a place counts as nearly fitting at parcelsFrom. */
const nearly = 11.4;

export interface ParcelMap {
  show(p: Publication): void;
  paint(p: Paint): void;
  outline(ids: string[]): void;
  picture(p: Picture | null, opacity: number): void;
  /** Places of an upload's defects over everything else; the one looked at is outlined. */
  defects(places: FeatureCollection | null, picked: number): void;
  fly(b: Bounds): void;
  /** A map laid over this one that always looks where this one does and leaves every gesture to it; null where the device has no room for it. */
  twin(above: HTMLElement): ParcelMap | null;
  /** Calls whenever all is drawn, until what it returns is called; the signal ends when the map moves on. */
  resting(then: (until: AbortSignal) => void): () => void;
  /** Addresses of a picture's tiles in view. */
  tilesOf(p: Picture): string[];
  remove(): void;
}

interface Callbacks {
  onParcel: (id: string) => void;
  onFar: (far: boolean) => void;
  onDefect: (seq: number) => void;
}

/** The map, or null where the device has no WebGL2. */
export const createMap = (place: HTMLElement, callbacks: Callbacks) => build(place, callbacks, null);

const deaf: Callbacks = { onParcel: () => {}, onFar: () => {}, onDefect: () => {} };

function build(
  place: HTMLElement,
  { onParcel, onFar, onDefect }: Callbacks,
  leader: LibreMap | null,
): ParcelMap | null {
  let map: LibreMap;
  try {
    map = new LibreMap({
      container: place,
      style: { version: 8, sources: {}, layers: [] },
      attributionControl: false,
      interactive: leader === null,
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 18.5,
      fadeDuration: 0,
    });
  } catch {
    return null;
  }
  map.touchZoomRotate.disableRotation();
  if (!leader) {
    map.addControl(new AttributionControl({ compact: true, customAttribution: "MapLibre" }));
    map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new ScaleControl({ unit: "metric" }), "bottom-right");
  }
  // Drawn in the same frame, so that the two never show two places.
  const follow = () => {
    if (leader) map.jumpTo({ center: leader.getCenter(), zoom: leader.getZoom() }).redraw();
  };
  leader?.on("move", follow);
  follow();

  let paint: Paint = { by: "crop", dark: false, breaks: [], crop: "" };
  let shown = 0;
  let county = "";
  let ids: string[] = [];
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  // The legend stands on the left of a wide map.
  const padding = () => ({ top: 56, bottom: 40, right: 48, left: place.clientWidth > 700 ? 190 : 24 });
  const frame = (b: Bounds, duration: number) => {
    const box: LngLatBoundsLike = [
      [b[0], b[1]],
      [b[2], b[3]],
    ];
    const camera = map.cameraForBounds(box, { padding: padding(), maxZoom: 16.2 });
    if (!camera) return;
    // What nearly fits is shown with its parcels rather than as circles.
    const zoom = Math.max(camera.zoom ?? 0, (camera.zoom ?? 0) > nearly ? parcelsFrom : 0);
    map.easeTo({ ...camera, zoom, duration: still ? 0 : duration });
  };
  const outline = () => {
    for (const layer of ["casing", "outlined"]) {
      if (map.getLayer(layer)) map.setFilter(layer, ["in", ["get", "id"], ["literal", ids]]);
    }
  };
  const addHatch = () => {
    if (!map.hasImage("hatch")) map.addImage("hatch", hatch(paint.dark), { pixelRatio: 2 });
  };
  // Imagery lies under the borders; fills give way to it but can still be clicked.
  let picture: Picture | null = null;
  let strength = 1;
  let drawn = "";
  const fade = () => {
    map.setPaintProperty("parcels", "fill-opacity", picture ? 0 : opacityOf(paint));
    map.setPaintProperty("hatch", "fill-opacity", picture ? 0 : 0.55);
    if (map.getLayer("picture")) map.setPaintProperty("picture", "raster-opacity", strength);
  };
  const lay = () => {
    if (!map.getLayer("parcels")) return; // the style is on its way and lays it
    if (drawn !== (picture?.tiles ?? "")) {
      if (map.getLayer("picture")) map.removeLayer("picture");
      if (map.getSource("picture")) map.removeSource("picture");
      if (picture) {
        const { tiles, minzoom, maxzoom } = picture;
        map.addSource("picture", {
          type: "raster",
          tileSize: pictureTile,
          minzoom,
          maxzoom,
          tiles: [`scene://${tiles}`],
        });
        map.addLayer(
          { id: "picture", type: "raster", source: "picture", paint: { "raster-fade-duration": 0 } },
          "parcels",
        );
      }
      drawn = picture?.tiles ?? "";
    }
    fade();
  };
  let places: FeatureCollection | null = null;
  let picked = 0;
  const mend = () => {
    const source = map.getSource<GeoJSONSource>("defects");
    if (!places) {
      for (const { id } of defectLayers(paint.dark, picked)) if (map.getLayer(id)) map.removeLayer(id);
      if (source) map.removeSource("defects");
      return;
    }
    if (source) source.setData(places);
    else map.addSource("defects", { type: "geojson", data: places });
    for (const layer of defectLayers(paint.dark, picked)) {
      if (!map.getLayer(layer.id)) map.addLayer(layer);
      else if ("filter" in layer && layer.filter) map.setFilter(layer.id, layer.filter);
    }
  };
  const restyle = () => {
    map.setStyle(styleOf(shown, paint), { diff: false });
    map.once("style.load", () => {
      addHatch();
      outline();
      drawn = "";
      lay();
      mend();
    });
  };
  map.on("styleimagemissing", addHatch);
  map.on("zoomend", () => onFar(map.getZoom() < parcelsFrom));
  // A point or a shape may be small: a finger's width around it counts.
  map.on("click", (e) => {
    if (!map.getLayer("defect-points")) return;
    const near: [PointLike, PointLike] = [
      [e.point.x - 8, e.point.y - 8],
      [e.point.x + 8, e.point.y + 8],
    ];
    const hit = map.queryRenderedFeatures(near, { layers: ["defect-points", "defect-fills"] })[0];
    if (typeof hit?.properties.seq === "number") onDefect(hit.properties.seq);
  });
  map.on("click", "parcels", (e) => {
    if (places) return; // the map belongs to the defects
    const id = e.features?.[0]?.properties.id;
    if (typeof id === "string") onParcel(id);
  });
  map.on("click", "villages", (e) => {
    map.easeTo({ center: e.lngLat, zoom: 14.2, duration: still ? 0 : 500 });
  });
  for (const layer of ["parcels", "villages"]) {
    map.on("mouseenter", layer, () => {
      map.getCanvas().style.cursor = "pointer";
    });
    map.on("mouseleave", layer, () => {
      map.getCanvas().style.cursor = "";
    });
  }
  // Where the map rests and over what, for whoever has to wait for it: lon, lat, zoom; tiles.
  map.on("movestart", () => delete place.dataset.view);
  map.on("idle", () => {
    const c = map.getCenter();
    place.dataset.view = [c.lng, c.lat, map.getZoom()].join(",");
    place.dataset.picture = drawn;
  });

  return {
    show(p) {
      if (p.id === shown) return;
      shown = p.id;
      restyle();
      const same = county === p.county; // a new release leaves the map where it is
      county = p.county;
      if (p.bounds && ids.length === 0 && !same && !leader) frame(p.bounds, 0);
    },
    paint(next) {
      const turned = next.dark !== paint.dark;
      paint = next;
      if (shown === 0) return;
      if (turned) {
        restyle();
        return;
      }
      const apply = () => {
        map.setPaintProperty("parcels", "fill-color", fillOf(paint));
        fade();
        map.setPaintProperty("villages", "circle-color", fillOf(paint));
        map.setPaintProperty("ground", "background-color", ground(paint.dark));
        map.setFilter("hatch", hatchOf(paint));
      };
      if (map.getLayer("parcels")) apply();
      else map.once("style.load", apply);
    },
    outline(next) {
      ids = next;
      outline();
    },
    picture(next, opacity) {
      picture = next;
      strength = opacity;
      lay();
    },
    defects(next, seq) {
      places = next;
      picked = seq;
      if (shown === 0 && !map.getLayer("ground")) {
        map.setStyle(emptyStyle(paint.dark), { diff: false });
        map.once("style.load", mend);
      } else if (map.isStyleLoaded() || map.getLayer("ground")) mend();
      else map.once("style.load", mend);
    },
    fly: (b) => frame(b, 500),
    twin: (above) => build(above, deaf, map),
    resting(then) {
      let until = new AbortController();
      const move = () => until.abort();
      const rest = () => {
        until.abort();
        until = new AbortController();
        then(until.signal);
      };
      map.on("idle", rest);
      map.on("movestart", move);
      return () => {
        move();
        map.off("idle", rest);
        map.off("movestart", move);
      };
    },
    tilesOf({ tiles, minzoom, maxzoom }) {
      const cover = map.coveringTiles({ tileSize: pictureTile, minzoom, maxzoom, roundZoom: true });
      return cover.map(({ canonical: c }) =>
        tiles.replace("{z}", `${c.z}`).replace("{x}", `${c.x}`).replace("{y}", `${c.y}`),
      );
    },
    remove() {
      leader?.off("move", follow);
      map.remove();
    },
  };
}
