import { useEffect } from "preact/hooks";
import type { ParcelMap } from "./map";
import { opacity, type Picture } from "./pictures";
import { colourBy, dark, filter, outlined, publication, summary } from "./state";

/** Keeps a map as the page's choices are: the publication's parcels in their colours and outlines, over a picture. */
export function useDrawn(map: ParcelMap | null, picture: Picture | null) {
  const p = publication.value;
  const breaks = summary.value?.scores?.line_breaks_fen;
  const crop = filter.value.crop;
  useEffect(
    () => map?.paint({ by: colourBy.value, dark: dark.value, breaks: breaks ?? [], crop }),
    [map, colourBy.value, dark.value, breaks, crop],
  );
  useEffect(() => {
    if (p) map?.show(p);
  }, [map, p]);
  useEffect(() => map?.picture(picture, opacity.value), [map, picture, opacity.value]);
  useEffect(() => map?.outline(outlined.value), [map, outlined.value]);
}
