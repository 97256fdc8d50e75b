// The client of a resumable upload: tus 1.0.0, its core with creation and
// checksum (https://tus.io/protocols/resumable-upload). It lives beside the
// views, so that an upload goes on while its user looks at something else.
import { signal } from "@preact/signals";
import { Problem } from "./client";

export interface Sending {
  id: string; // "" until the server has given one
  county: string;
  name: string;
  size: number;
  got: number;
  state: "sending" | "paused" | "lost" | "waits" | "refused" | "done";
  problem: unknown; // of waits and refused
}

/** The upload under way in this page, if any. */
export const sending = signal<Sending | null>(null);

/** The file was changed or moved while it was sent. */
export class FileGone extends Error {}

let wake: (() => void) | null = null;
let run = 0;

const update = (part: Partial<Sending>) => {
  if (sending.value) sending.value = { ...sending.value, ...part };
};

const base64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
const place = (id: string) => `/v1/uploads/${encodeURIComponent(id)}`;
const key = (f: File, county: string) => `parus.upload.${county}|${f.name}|${f.size}|${f.lastModified}`;

function remember(name: string, id: string | null) {
  try {
    if (id === null) localStorage.removeItem(name);
    else localStorage.setItem(name, id);
  } catch {
    // storage is switched off: the upload can be gone on with until the page is left
  }
}

function remembered(name: string): string {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

/** Waits some seconds, or until the network is back or somebody asks. */
function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener("online", go);
      wake = null;
      resolve();
    };
    const timer = setTimeout(go, seconds * 1000);
    addEventListener("online", go);
    wake = go;
  });
}

async function ask(method: string, path: string, headers: Record<string, string>, body?: ArrayBuffer) {
  const answer = await fetch(path, {
    method,
    headers: { "Tus-Resumable": "1.0.0", ...headers },
    body: body ?? null,
  }).catch(() => {
    throw new Problem("offline", 0);
  });
  const got = answer.headers.get("Upload-Offset");
  const where = answer.headers.get("Location");
  if (answer.ok) return { got: got === null ? -1 : Number(got), where };
  const told = (await answer.json().catch(() => ({}))) as { code?: string };
  const code = told.code ?? (answer.status === 410 ? "upload_gone" : answer.status === 404 ? "not_found" : "internal");
  throw Object.assign(new Problem(code, answer.status), { got: got === null ? -1 : Number(got) });
}

async function create(f: File, county: string): Promise<string> {
  const meta = Object.entries({ filename: f.name, county }).map(
    ([k, v]) => `${k} ${base64(new TextEncoder().encode(v))}`,
  );
  const { where } = await ask("POST", "/v1/uploads", {
    "Upload-Length": String(f.size),
    "Upload-Metadata": meta.join(","),
  });
  return decodeURIComponent((where ?? "").split("/").pop() ?? "");
}

/** The digest of a piece; nothing where the page was not loaded over TLS. */
async function checksum(piece: ArrayBuffer): Promise<Record<string, string>> {
  if (!crypto.subtle) return {};
  return { "Upload-Checksum": `sha256 ${base64(new Uint8Array(await crypto.subtle.digest("SHA-256", piece)))}` };
}

// Pieces grow on a fast line and shrink on a slow one.
const least = 64 << 10;
const most = 4 << 20;

/** Sends a file, from where an earlier attempt has ended; resolves with the upload's id once all of it has come. */
export async function upload(f: File, county: string): Promise<string | null> {
  const mine = ++run;
  const name = key(f, county);
  let id = remembered(name);
  let known = id !== "";
  let size = 512 << 10;
  let pause = 1;
  sending.value = { id, county, name: f.name, size: f.size, got: 0, state: "sending", problem: null };
  let sure = false; // that got is what the server has
  while (run === mine) {
    const s = sending.value;
    if (!s || s.state === "refused") return null;
    if (s.state === "paused") {
      await wait(3600);
      continue;
    }
    try {
      if (!id) {
        id = await create(f, county);
        remember(name, id);
        update({ id, got: 0 });
        sure = true;
      }
      if (!sure) {
        update({ got: (await ask("HEAD", place(id), {})).got });
        sure = true;
      }
      const at = sending.value?.got ?? 0;
      if (at >= f.size) {
        remember(name, null);
        update({ state: "done" });
        return id;
      }
      const piece = await f
        .slice(at, at + size)
        .arrayBuffer()
        .catch(() => {
          throw new FileGone();
        });
      const begun = performance.now();
      const { got } = await ask(
        "PATCH",
        place(id),
        {
          "Content-Type": "application/offset+octet-stream",
          "Upload-Offset": String(at),
          ...(await checksum(piece)),
        },
        piece,
      );
      const took = performance.now() - begun;
      size = took < 1500 ? Math.min(size * 2, most) : took > 8000 ? Math.max(size / 2, least) : size;
      pause = 1;
      if (run !== mine) return null;
      if (sending.value?.state === "paused") update({ got });
      else update({ got, state: "sending", problem: null });
    } catch (error) {
      if (run !== mine) return null;
      const status = error instanceof Problem ? error.status : -1;
      const code = error instanceof Problem ? error.code : "";
      if (known && (status === 404 || status === 410)) {
        // The attempt that was remembered is gone: begin anew.
        known = false;
        id = "";
        remember(name, null);
        continue;
      }
      sure = id === "";
      if (code === "upload_offset") continue;
      if (code === "upload_state" && id) {
        update({ got: f.size });
        remember(name, null);
        update({ state: "done" });
        return id;
      }
      const passing =
        status === 0 ||
        status === 408 ||
        status === 460 ||
        code === "upload_cut" ||
        code === "upload_busy" ||
        (status >= 500 && status !== 507);
      if (!passing) {
        update({ state: "refused", problem: error });
        return null;
      }
      if (sending.value?.state !== "paused") {
        update({ state: status === 0 || code === "upload_cut" ? "lost" : "waits", problem: error });
      }
      size = Math.max(size / 2, least);
      await wait(pause);
      pause = Math.min(pause * 2, 15);
      if (sending.value?.state === "lost" || sending.value?.state === "waits") update({ state: "sending" });
    }
  }
  return null;
}

export function pause() {
  update({ state: "paused" });
}

export function goOn() {
  update({ state: "sending", problem: null });
  wake?.();
}

/** Forgets the upload under way; what has come stays on the server. */
export function letGo() {
  run++;
  wake?.();
  sending.value = null;
}
