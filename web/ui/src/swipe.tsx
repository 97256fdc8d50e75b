import { useEffect, useRef, useState } from "preact/hooks";
import { comparing, left, leftPicture, refused, sceneSays } from "./comparison";
import { useDrawn } from "./drawn";
import type { ParcelMap } from "./map";
import { scene } from "./pictures";
import { t } from "./words-imagery";

/** Two dates at once, where they are asked for. */
export const Comparison = ({ map }: { map: ParcelMap }) => (left.value ? <Swipe map={map} /> : null);

/** The left date over the map, cut at a divider; the map below shows the right one and keeps every gesture. */
function Swipe({ map }: { map: ParcelMap }) {
  const place = useRef<HTMLDivElement>(null);
  const [twin, setTwin] = useState<ParcelMap | null>(null);
  const [share, setShare] = useState(50); // percent of the width that is left
  useEffect(() => {
    const made = place.current && map.twin(place.current);
    if (!made) {
      refused.value = true;
      comparing.value = false;
      return;
    }
    setTwin(made);
    return () => made.remove();
  }, [map]);
  useDrawn(twin, leftPicture.value);
  if (!left.value || !scene.value) return null;
  const says = { left: sceneSays(left.value), right: sceneSays(scene.value) };
  return (
    <div class="swipe" style={{ "--share": share / 100 }}>
      <div class="beside" ref={place} aria-hidden="true" />
      <p class="said before">
        <span>{says.left}</span>
      </p>
      <p class="said after">
        <span>{says.right}</span>
      </p>
      <div class="edge" />
      <input
        type="range"
        name="divider"
        class="grip"
        min={0}
        max={100}
        step="any"
        value={share}
        aria-label={t("divider")}
        aria-valuetext={t("dividerSays", { ...says, x: Math.round(share) })}
        onInput={(e) => setShare(e.currentTarget.valueAsNumber)}
      />
      <svg class="arrows" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M9 6 3 12l6 6M15 6l6 6-6 6" />
      </svg>
    </div>
  );
}
