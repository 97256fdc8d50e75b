// Reads vector tiles (Mapbox Vector Tile 2.1), as far as the server draws them:
// points and polygons with texts, numbers and truths.

export interface Feature {
  properties: Record<string, string | number | boolean>;
  rings: [x: number, y: number][][]; // 0 to 4096 within the tile, the margin around it; a point is one ring of one
}

class Reader {
  at = 0;
  constructor(readonly view: DataView) {}
  get more() {
    return this.at < this.view.byteLength;
  }
  varint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.view.getUint8(this.at++);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  }
  part(): Reader {
    const size = this.varint();
    const from = this.at;
    this.at += size;
    return new Reader(new DataView(this.view.buffer, this.view.byteOffset + from, size));
  }
  text(): string {
    const { view } = this.part();
    return new TextDecoder().decode(view);
  }
  /** Calls f with each field's number; what it does not read is skipped. */
  fields(f: (field: number) => void) {
    while (this.more) {
      const key = this.varint();
      const begun = this.at;
      f(key >> 3);
      if (this.at > begun) continue;
      if ((key & 7) === 0) this.varint();
      else if ((key & 7) === 1) this.at += 8;
      else if ((key & 7) === 2) this.part();
      else this.at += 4;
    }
  }
}

const unzigzag = (n: number) => (n % 2 === 0 ? n / 2 : -(n + 1) / 2);

function readValue(r: Reader): string | number | boolean {
  let value: string | number | boolean = "";
  r.fields((field) => {
    if (field === 1) value = r.text();
    else if (field === 3) {
      value = r.view.getFloat64(r.at, true);
      r.at += 8;
    } else if (field === 4 || field === 5) value = r.varint();
    else if (field === 6) value = unzigzag(r.varint());
    else if (field === 7) value = r.varint() !== 0;
  });
  return value;
}

function ringsOf(r: Reader): Feature["rings"] {
  const rings: Feature["rings"] = [];
  let [x, y] = [0, 0];
  while (r.more) {
    const command = r.varint();
    if ((command & 7) === 7) continue;
    for (let n = command >> 3; n > 0; n--) {
      x += unzigzag(r.varint());
      y += unzigzag(r.varint());
      if ((command & 7) === 1) rings.push([]);
      rings.at(-1)?.push([x, y]);
    }
  }
  return rings;
}

/** The features of a tile of one layer. */
export function featuresOf(data: ArrayBuffer): Feature[] {
  const out: Feature[] = [];
  const tile = new Reader(new DataView(data));
  tile.fields((field) => {
    if (field !== 3) return;
    const layer = tile.part();
    const keys: string[] = [];
    const values: (string | number | boolean)[] = [];
    const raw: { tags: number[]; rings: Feature["rings"] }[] = [];
    layer.fields((f) => {
      if (f === 2) {
        const feature = layer.part();
        const read = { tags: [] as number[], rings: [] as Feature["rings"] };
        feature.fields((g) => {
          if (g === 2) for (const tags = feature.part(); tags.more; ) read.tags.push(tags.varint());
          else if (g === 4) read.rings = ringsOf(feature.part());
        });
        raw.push(read);
      } else if (f === 3) keys.push(layer.text());
      else if (f === 4) values.push(readValue(layer.part()));
    });
    for (const { tags, rings } of raw) {
      const properties: Feature["properties"] = {};
      for (let i = 0; i + 1 < tags.length; i += 2)
        properties[keys[tags[i] ?? 0] ?? ""] = values[tags[i + 1] ?? 0] ?? "";
      out.push({ properties, rings });
    }
  });
  return out;
}
