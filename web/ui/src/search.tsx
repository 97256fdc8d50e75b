import { useEffect, useRef, useState } from "preact/hooks";
import { api, type Hit } from "./api";
import { money } from "./numbers";
import { currency, failed, filter, flight, go, lang, publication, t, tell } from "./state";

const wait = 150; // ms between a key and the question

/** A combobox: the list comes from the server, arrows choose, Enter opens. */
export function Search() {
  const [text, setText] = useState("");
  const [hits, setHits] = useState<Hit[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [at, setAt] = useState(0);
  const [open, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const p = publication.value?.id ?? 0;

  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const busy = e.target instanceof HTMLElement && e.target.closest("input, select, textarea");
      if (e.key === "/" && !busy) {
        e.preventDefault();
        input.current?.focus();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  useEffect(() => {
    const q = text.trim();
    if (!q || !p) {
      setHits(null);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      api.search(p, q, stop.signal).then(
        (found) => {
          setHits(found);
          setError(null);
          setAt(0);
        },
        (e) => {
          if (!stop.signal.aborted) setError(failed(e));
        },
      );
    }, wait);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [text, p]);

  const take = (hit: Hit) => {
    setOpen(false);
    if (hit.kind === "village") {
      filter.value = { ...filter.value, village: hit.id };
      go({ kind: "list" });
      if (hit.bounds) flight.value = { bounds: hit.bounds };
      return;
    }
    go({ kind: hit.kind, id: hit.id });
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === "Escape") setOpen(false);
    if (!hits?.length) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      setOpen(true);
      setAt((at + (e.key === "ArrowDown" ? 1 : hits.length - 1)) % hits.length);
    }
    const hit = hits[at];
    if (e.key === "Enter" && hit) take(hit);
  };
  const shown = open && text.trim() !== "" && (hits !== null || error !== null);
  return (
    <search class="search">
      <svg class="lens" viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="8.5" cy="8.5" r="5.5" fill="none" stroke="currentColor" stroke-width="1.8" />
        <path d="m13 13 4.5 4.5" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" />
      </svg>
      <input
        ref={input}
        type="search"
        role="combobox"
        aria-label={t("search")}
        aria-expanded={shown}
        aria-controls="hits"
        aria-autocomplete="list"
        aria-activedescendant={shown && hits?.length ? `hit-${at}` : undefined}
        placeholder={t("search")}
        value={text}
        autocomplete="off"
        spellcheck={false}
        maxLength={60}
        onInput={(e) => {
          setText(e.currentTarget.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 120)}
        onKeyDown={onKeyDown}
      />
      <div class="unseen" role="status">
        {shown && hits ? t("found", { n: hits.length }) : ""}
      </div>
      <div class="hits" hidden={!shown}>
        {error !== null && <p class="none">{tell(error)}</p>}
        {error === null && hits?.length === 0 && (
          <p class="none">
            {t("searchNone", { q: text.trim() })}
            <br />
            <span class="dim small">{t("searchHint")}</span>
          </p>
        )}
        <div id="hits" role="listbox" aria-label={t("search")}>
          {hits?.map((hit, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys
            <div
              key={hit.kind + hit.id}
              id={`hit-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === at}
              class="hit"
              onClick={() => take(hit)}
            >
              <span class="kind">{t(hit.kind)}</span>
              <span class="what">
                {hit.label && <b>{hit.label}</b>} <span class="code">{hit.id}</span>
              </span>
              {hit.line_fen !== null && hit.kind !== "village" && (
                <span class="sum">{money(hit.line_fen, lang.value, currency.value)}</span>
              )}
            </div>
          ))}
        </div>
      </div>
    </search>
  );
}
