import "./upload.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Upload, uploads } from "./api-upload";
import { PagedList, usePages } from "./list";
import { account, go, lang, outlined, t, tell } from "./state";
import { FileGone, goOn, letGo, pause, type Sending, sending, upload } from "./tus";
import { UploadPanel } from "./upload-card";
import type { Word } from "./words";

export const bytes = (n: number) =>
  n >= 2 ** 30
    ? `${(n / 2 ** 30).toFixed(1)} GB`
    : n >= 2 ** 20
      ? `${(n / 2 ** 20).toFixed(1)} MB`
      : `${Math.ceil(n / 1024)} kB`;

export const moment = (at: string) =>
  new Intl.DateTimeFormat(lang.value === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(at),
  );

export const stateOf = (u: { state: string }) => t(`up_${u.state}` as Word);

/** Hand-overs of the county: begin one, go on with one, look at those before. */
export default function UploadView({ id }: { id?: string }) {
  useEffect(() => {
    outlined.value = [];
  }, []);
  return id ? <UploadPanel key={id} id={id} /> : <Start />;
}

const kinds = [".zip", ".gpkg", ".sqlite", ".parquet", ".geoparquet", ".geojson", ".json"];

function Start() {
  const [max, setMax] = useState(2 * 2 ** 30);
  const [open, setOpen] = useState<Upload[]>([]);
  const [error, setError] = useState("");
  const s = sending.value;
  const whole = s?.state === "done";
  const pages = usePages(
    (cursor) => uploads.list(cursor),
    [whole, s?.id],
    (page, all) => {
      setMax(page.max_bytes);
      setOpen(all.filter((u) => u.state === "receiving" && u.by === account.value?.name));
    },
  );
  const given = account.value?.counties ?? [];
  const only = given.length === 1 && given[0]?.length === 6 ? given[0] : "";
  const [county, setCounty] = useState(only);
  const begin = async (f: File | undefined) => {
    if (!f) return;
    setError("");
    if (!kinds.some((k) => f.name.toLowerCase().endsWith(k))) return setError(t("upKindBad", { name: f.name }));
    if (f.size === 0) return setError(t("upEmpty"));
    if (f.size > max) return setError(t("upTooLarge", { max: bytes(max) }));
    const id = await upload(f, county);
    if (id && location.pathname === "/upload") go({ kind: "view", name: "upload", id });
  };
  const busy = s !== null && s.state !== "done" && s.state !== "refused";
  return (
    <article class="upload">
      <section class="block">
        <h2>{t("upload")}</h2>
        <p class="dim">{t("uploadHelp")}</p>
        {only === "" && (
          <label class="field">
            {t("upCounty")}
            <input
              name="county"
              inputMode="numeric"
              maxLength={6}
              value={county}
              onInput={(e) => setCounty(e.currentTarget.value.trim())}
            />
          </label>
        )}
        {!busy && <Chooser ready={/^[1-9]\d{5}$/.test(county)} onFile={(f) => void begin(f)} />}
        {!busy && <p class="dim small">{t("upKinds", { max: bytes(max) })}</p>}
        {error && (
          <p class="alert" role="alert">
            {error}
          </p>
        )}
        {s && s.state !== "done" && <Progress s={s} />}
        {!busy &&
          open.map((u) => (
            <p key={u.id} class="unfinished">
              {t("upUnfinishedHelp", { name: u.name, p: `${Math.floor((u.got / u.size) * 100)}%` })}
            </p>
          ))}
      </section>
      <section class="block list">
        <h3>{t("upHistory")}</h3>
        <PagedList pages={pages} none="upNone" row={(u) => <UploadRow key={u.id} u={u} />} />
      </section>
    </article>
  );
}

/** A place to drop a file on, which is a button for the keyboard. */
function Chooser({ ready, onFile }: { ready: boolean; onFile: (f: File | undefined) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is for the mouse; the button within does the same
    <div
      class={`drop${over ? " over" : ""}`}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        if (ready) onFile(e.dataTransfer?.files[0]);
      }}
    >
      <input
        ref={input}
        type="file"
        class="unseen"
        tabIndex={-1}
        aria-label={t("upChoose")}
        accept={kinds.join(",")}
        onChange={(e) => {
          onFile(e.currentTarget.files?.[0]);
          e.currentTarget.value = "";
        }}
      />
      <button type="button" class="button main" disabled={!ready} onClick={() => input.current?.click()}>
        {t("upChoose")}
      </button>
      <span class="dim">{t("upDrop")}</span>
    </div>
  );
}

/** How far the upload is, and in honest words what it waits for. */
export function Progress({ s }: { s: Sending }) {
  const share = s.size > 0 ? s.got / s.size : 0;
  const words = s.problem instanceof FileGone ? t("upFileGone") : s.problem ? tell(s.problem) : "";
  return (
    <div class="sending">
      <p>
        <b>{t("upSending", { name: s.name })}</b>
      </p>
      <progress max={1} value={share} aria-label={t("upSending", { name: s.name })} />
      <p class="dim">
        {Math.floor(share * 100)}% · {t("upOf", { got: bytes(s.got), size: bytes(s.size) })}
      </p>
      <p role="status" class={s.state === "sending" ? "unseen" : "notice"}>
        {s.state === "lost" && t("upLost")}
        {s.state === "waits" && t("upWaits", { why: words })}
        {s.state === "paused" && t("upPaused")}
      </p>
      {s.state === "refused" && (
        <p class="alert" role="alert">
          {t("upRefused", { why: words })}
        </p>
      )}
      <div class="acts">
        {s.state === "paused" ? (
          <button type="button" class="button main" onClick={goOn}>
            {t("upGoOn")}
          </button>
        ) : (
          s.state !== "refused" && (
            <button type="button" class="button tall" onClick={pause}>
              {t("upPause")}
            </button>
          )
        )}
        {s.id !== "" && s.state !== "sending" && (
          <button
            type="button"
            class="button tall"
            onClick={() => {
              const { id } = s;
              letGo();
              void uploads.withdraw(id).catch(() => undefined);
            }}
          >
            {t("upWithdraw")}
          </button>
        )}
      </div>
    </div>
  );
}

function UploadRow({ u }: { u: Upload }) {
  return (
    <li>
      <a
        href={`/upload/${u.id}`}
        class="row"
        onClick={(e) => {
          e.preventDefault();
          go({ kind: "view", name: "upload", id: u.id });
        }}
      >
        <span class="what">
          <b>{u.name}</b> <span class="code">{u.county}</span>
        </span>
        <span>{bytes(u.size)}</span>
        <span class="dim small">
          {u.by} · {moment(u.created_at)}
          <em class={`flag ${u.state}`}>{stateOf(u)}</em>
        </span>
      </a>
    </li>
  );
}
