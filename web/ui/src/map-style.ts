import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import { cropColour, unknownColour } from "./crops";
import { lineColours } from "./map-colours";

export interface Paint {
  by: "crop" | "line";
  dark: boolean;
  breaks: number[]; // fen, rising
  crop: string; // only this crop stands out; "" is all
}

export const ground = (dark: boolean) => (dark ? "#161b19" : "#eceee9");
const ink = (dark: boolean) => (dark ? "#eef2ee" : "#15201a");

const paper = (dark: boolean) => (dark ? "#0b0f0d" : "#ffffff");

const unknown: ExpressionSpecification = ["any", ["to-boolean", ["get", "abstained"]], ["==", ["get", "crop"], ""]];

const cropCodes = [
  "winter_wheat", "spring_wheat", "barley", "maize", "rice_early", "rice_single", "rice_japonica", "rice_late", "soybean",
  "peanut", "rapeseed", "cotton", "potato", "sugarcane", "sugar_beet", "tobacco", "apple", "citrus", "tea", "tomato",
  "garlic", "sunflower", "pulses", "cabbage", "grassland", "orchard", "fallow", "no_crop",
]; // biome-ignore format: a list of codes

function cropFill(): ExpressionSpecification {
  const pairs = cropCodes.flatMap((code) => [code, cropColour(code)]);
  return [
    "case",
    unknown,
    unknownColour,
    ["match", ["get", "crop"], ...pairs, unknownColour],
  ] as unknown as ExpressionSpecification;
}

function lineFill(paint: Paint): ExpressionSpecification {
  const colours = lineColours(paint.dark);
  const cuts = [...new Set(paint.breaks)].map((fen) => fen / 100);
  const steps = cuts.flatMap((cut, i) => [cut + 0.5, colours[i + 1] ?? unknownColour]);
  const line = ["to-number", ["get", "line"], 0];
  const step = steps.length > 0 ? ["step", line, colours[0], ...steps] : colours[0];
  return ["case", ["<=", line, 0], unknownColour, step] as unknown as ExpressionSpecification;
}

export const fillOf = (paint: Paint): ExpressionSpecification => (paint.by === "crop" ? cropFill() : lineFill(paint));

/** Where a hatch says "not known" or "no line", whatever the colour. */
export const hatchOf = (paint: Paint): ExpressionSpecification =>
  paint.by === "crop" ? unknown : ["<=", ["to-number", ["get", "line"], 0], 0];

export const opacityOf = (paint: Paint): number | ExpressionSpecification =>
  paint.crop === "" ? 0.92 : ["case", ["all", ["==", ["get", "crop"], paint.crop], ["!", unknown]], 0.95, 0.15];

export function styleOf(publication: number, paint: Paint): StyleSpecification {
  const layers: LayerSpecification[] = [
    { id: "ground", type: "background", paint: { "background-color": ground(paint.dark) } },
    {
      id: "parcels",
      type: "fill",
      source: "release",
      "source-layer": "parcels",
      paint: { "fill-color": fillOf(paint), "fill-opacity": opacityOf(paint) },
    },
    {
      id: "hatch",
      type: "fill",
      source: "release",
      "source-layer": "parcels",
      filter: hatchOf(paint),
      paint: { "fill-pattern": "hatch", "fill-opacity": 0.55 },
    },
    {
      id: "borders",
      type: "line",
      source: "release",
      "source-layer": "parcels",
      paint: {
        "line-color": ground(paint.dark),
        "line-width": ["interpolate", ["linear"], ["zoom"], 13, 0.3, 16, 1.4],
      },
    },
    {
      id: "casing",
      type: "line",
      source: "release",
      "source-layer": "parcels",
      filter: ["in", ["get", "id"], ["literal", []]],
      paint: { "line-color": paper(paint.dark), "line-width": 6 },
    },
    {
      id: "outlined",
      type: "line",
      source: "release",
      "source-layer": "parcels",
      filter: ["in", ["get", "id"], ["literal", []]],
      paint: { "line-color": ink(paint.dark), "line-width": 3 },
    },
    {
      id: "villages",
      type: "circle",
      source: "release",
      "source-layer": "villages",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "parcels"]], 1, 6, 40, 30],
        "circle-color": fillOf(paint),
        "circle-opacity": 0.9,
        "circle-stroke-color": ink(paint.dark),
        "circle-stroke-width": 1,
      },
    },
    {
      id: "village-names",
      type: "symbol",
      source: "release",
      "source-layer": "villages",
      layout: { "text-field": ["to-string", ["get", "parcels"]], "text-size": 12, "text-font": ["sans-serif"] },
      paint: { "text-color": "#10201a", "text-halo-color": "#ffffff", "text-halo-width": 1.2 },
    },
  ];
  return {
    version: 8,
    sources: {
      release: {
        type: "vector",
        minzoom: 0,
        maxzoom: 16,
        promoteId: "id",
        tiles: [`${location.origin}/tiles/${publication}/parcels/{z}/{x}/{y}.mvt`],
      },
    },
    layers,
  };
}

/** A ground alone, where nothing is published yet. */
export const emptyStyle = (dark: boolean): StyleSpecification => ({
  version: 8,
  sources: {},
  layers: [{ id: "ground", type: "background", paint: { "background-color": ground(dark) } }],
});

/** Defects by severity, each in its colour and form; the one picked twice outlined. */
export function defectLayers(dark: boolean, picked: number): LayerSpecification[] {
  const colour = [
    "match",
    ["get", "severity"],
    "error",
    dark ? "#ff8078" : "#c02626",
    "repaired",
    dark ? "#86d3ac" : "#1b6445",
    dark ? "#f3c37c" : "#a55a00",
  ] as unknown as ExpressionSpecification;
  const one: ExpressionSpecification = ["==", ["get", "seq"], picked];
  const source = "defects";
  return [
    {
      id: "defect-fills",
      type: "fill",
      source,
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": colour, "fill-opacity": 0.35 },
    },
    { id: "defect-lines", type: "line", source, paint: { "line-color": colour, "line-width": 2 } },
    {
      id: "defect-points",
      type: "circle",
      source,
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-color": colour,
        "circle-radius": ["match", ["get", "severity"], "error", 7, "warning", 5, 4],
        "circle-stroke-color": paper(dark),
        "circle-stroke-width": 1.5,
      },
    },
    {
      id: "defect-picked-casing",
      type: "line",
      source,
      filter: one,
      paint: { "line-color": paper(dark), "line-width": 7 },
    },
    { id: "defect-picked", type: "line", source, filter: one, paint: { "line-color": ink(dark), "line-width": 3.5 } },
    {
      id: "defect-picked-point",
      type: "circle",
      source,
      filter: ["all", one, ["==", ["geometry-type"], "Point"]],
      paint: {
        "circle-radius": 13,
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": ink(dark),
        "circle-stroke-width": 3.5,
      },
    },
  ];
}

/** Diagonal lines, drawn once. */
export function hatch(dark: boolean): ImageData {
  const size = 16;
  const data = new ImageData(size, size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const on = (x + y) % 8 < 2;
      data.data.set(dark ? [20, 26, 23, on ? 255 : 0] : [255, 255, 255, on ? 255 : 0], (y * size + x) * 4);
    }
  }
  return data;
}
