// What one step of the slider would show is fetched while nobody waits.
import type { ParcelMap } from "./map";
import type { Picture } from "./pictures";

interface Connection {
  saveData?: boolean;
  effectiveType?: string;
}

/** Whether the line has room for what nobody has asked for. */
function roomy(): boolean {
  const line = (navigator as Navigator & { connection?: Connection }).connection;
  return navigator.onLine && !line?.saveData && !line?.effectiveType?.includes("2g");
}

const fetched = new Set<string>();

async function fetchAll(addresses: string[], until: AbortSignal) {
  for (const address of addresses) {
    if (fetched.has(address)) continue;
    const answer = await fetch(address, { priority: "low", signal: until });
    if (!answer.ok) return;
    await answer.arrayBuffer(); // kept by the browser: tiles of a version are immutable
    fetched.add(address);
  }
}

/** Fetches tiles of pictures in view, one after the other, whenever the map rests; returns how to stop. */
export function lookAhead(map: ParcelMap, pictures: Picture[]): () => void {
  return map.resting((until) => {
    if (!roomy()) return;
    fetchAll(
      pictures.flatMap((p) => map.tilesOf(p)),
      until,
    ).catch(() => {}); // the map has moved on, or asks itself and tells
  });
}
