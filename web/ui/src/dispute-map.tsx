import { useEffect, useRef, useState } from "preact/hooks";
import type { Outline, Position } from "./api-disputes";
import type { Corner } from "./outline";
import type { OutlineMap } from "./outline-map";
import { dark, t } from "./state";

interface Props {
  publication: number;
  disputed: Outline;
  proposed: Outline | null;
  onMove?: (c: Corner, to: Position) => void;
}

/** The published outline and the proposed one; corners can be dragged where somebody listens. */
export function DisputeMap({ publication, disputed, proposed, onMove }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const map = useRef<OutlineMap | null>(null);
  const move = useRef(onMove);
  move.current = onMove;
  const shown = useRef(proposed);
  shown.current = proposed;
  const [missing, setMissing] = useState(false);
  const edits = onMove !== undefined;
  const isDark = dark.value;
  useEffect(() => {
    let current = true;
    import("./outline-map").then(
      ({ createOutlineMap }) => {
        if (!current || !place.current) return;
        const onCorner = edits ? (c: Corner, to: Position) => move.current?.(c, to) : undefined;
        const asked = { publication, dark: isDark, disputed, proposed: shown.current };
        map.current = createOutlineMap(place.current, onCorner ? { ...asked, onMove: onCorner } : asked);
        setMissing(map.current === null);
      },
      () => current && setMissing(true),
    );
    return () => {
      current = false;
      map.current?.remove();
      map.current = null;
      delete place.current?.dataset.rests;
    };
  }, [publication, disputed, isDark, edits]);
  useEffect(() => map.current?.propose(proposed), [proposed]);
  return (
    <section class="dispute-map" aria-label={t("disputeMap")}>
      {missing ? <p role="status">{t("disputeNoMap")}</p> : <div class="canvas" ref={place} />}
    </section>
  );
}
