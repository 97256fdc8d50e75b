// What the map shows of an upload's defects: the list filters, the map mirrors.
import { signal } from "@preact/signals";
import type { FeatureCollection } from "geojson";

export const defectShapes = signal<FeatureCollection | null>(null);
/** seq of the defect looked at. */
export const defectPicked = signal(0);
