import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Bounds } from "./api";
import { type Defect, type DefectFilter, type Severity, shownOnMap, type UploadCard, uploads } from "./api-upload";
import { defectPicked, defectShapes } from "./defects";
import { PagedList, usePages } from "./list";
import { count } from "./numbers";
import { flight, lang, t } from "./state";
import { isWord, type Word } from "./words";

/** The half of a text that is in the page's language. */
const half = (text: string) => {
  const cut = text.indexOf(" / ");
  if (cut < 0) return text;
  return lang.value === "zh" ? text.slice(0, cut) : text.slice(cut + 3);
};

const kindName = (code: string) => {
  const word = `df_${code}`;
  return isWord(word) ? t(word) : code;
};

const mark: Record<Severity, string> = { error: "✕", repaired: "✓", warning: "!" };

const Sev = ({ of }: { of: Severity }) => (
  <span class={`sev ${of}`}>
    <span aria-hidden="true">{mark[of]}</span> {t(`upSev_${of}` as Word)}
  </span>
);

/** What was found wrong: counts, kinds with what to do, and the list that the map mirrors. */
export function ReportSection({ u, children }: { u: UploadCard; children?: ComponentChildren }) {
  const l = lang.value;
  const [f, setFilter] = useState<DefectFilter>({ code: "", severity: "", q: "" });
  const [total, setTotal] = useState(0);
  const pages = usePages(
    (after) => uploads.defects(u.id, f, after),
    [u.id, u.round, f],
    (page) => setTotal(page.total),
  );
  useEffect(() => {
    let current = true;
    defectPicked.value = 0;
    uploads.shapes(u.id, f).then(
      (shapes) => {
        if (!current) return;
        defectShapes.value = shapes;
        const all = shapes.features.map((x) => x.properties?.bounds as Bounds | null).filter((b) => b !== null);
        if (all.length > 0) flight.value = { bounds: around(all) };
      },
      () => undefined, // the list says what there is
    );
    return () => {
      current = false;
      defectShapes.value = null;
    };
  }, [u.id, u.round, f]);
  const rows = u.rows ?? { in: 0, accepted: 0, corrected: 0, quarantined: 0 };
  const shown = defectShapes.value?.features.length ?? 0;
  return (
    <section class="block report">
      <h3>{t("upReport")}</h3>
      <dl class="facts four">
        {(
          [
            ["upRowsIn", rows.in],
            ["upAccepted", rows.accepted],
            ["upCorrected", rows.corrected],
            ["upQuarantinedRows", rows.quarantined],
          ] as [Word, number][]
        ).map(([w, n]) => (
          <div key={w}>
            <dt>{t(w)}</dt>
            <dd>{count(n, l)}</dd>
          </div>
        ))}
      </dl>
      {children}
      {u.kinds.length === 0 && <p>{t("upClean")}</p>}
      {u.kinds.length > 0 && (
        <>
          <h4>{t("upKindsOf")}</h4>
          <ul class="kinds">
            {u.kinds.map((k) => (
              <li key={k.code + k.severity}>
                <button
                  type="button"
                  aria-pressed={f.code === k.code && f.severity === k.severity}
                  onClick={() =>
                    setFilter(
                      f.code === k.code && f.severity === k.severity
                        ? { ...f, code: "", severity: "" }
                        : { ...f, code: k.code, severity: k.severity },
                    )
                  }
                >
                  <span class="df-kind">
                    <b>{kindName(k.code)}</b> <Sev of={k.severity} />
                  </span>
                  <span class="sum">{count(k.count, l)}</span>
                  <span class="dim small">{half(k.fix)}</span>
                </button>
              </li>
            ))}
          </ul>
          <h4>{f.code ? kindName(f.code) : t("upAll")}</h4>
          <div class="filters">
            <label class="field">
              {t("upSeverity")}
              <select
                name="severity"
                value={f.severity}
                onChange={(e) =>
                  setFilter({ ...f, code: "", severity: e.currentTarget.value as DefectFilter["severity"] })
                }
              >
                <option value="">{t("allStates")}</option>
                {(["error", "repaired", "warning"] as Severity[]).map((s) => (
                  <option key={s} value={s}>
                    {t(`upSev_${s}` as Word)}
                  </option>
                ))}
              </select>
            </label>
            <label class="field">
              {t("upFind")}
              <input
                name="find"
                type="search"
                maxLength={100}
                value={f.q}
                onChange={(e) => setFilter({ ...f, q: e.currentTarget.value.trim() })}
              />
            </label>
          </div>
          <p class="dim small" role="status">
            {t("upTotal", { n: count(total, l) })} · {t("upOnMap", { n: count(shown, l) })}
            {shown >= shownOnMap && ` · ${t("upMapLimit", { n: count(shownOnMap, l) })}`}
          </p>
          <PagedList pages={pages} none="upNoDefect" row={(d) => <DefectRow key={d.seq} d={d} />} />
        </>
      )}
      <h4>{t("upDownload")}</h4>
      <p class="downloads">
        {(["defects.csv", "report.json", "defects.geojson"] as const).map((name) => (
          <a key={name} class="button tall" href={uploads.file(u.id, name)} download={name}>
            {name}
          </a>
        ))}
      </p>
    </section>
  );
}

const around = (all: Bounds[]): Bounds =>
  all.reduce((a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])]);

function DefectRow({ d }: { d: Defect }) {
  const picked = defectPicked.value === d.seq;
  const words = (
    <>
      <span class="what">
        <b>{kindName(d.code)}</b> <Sev of={d.severity} /> {picked && <em class="tag">{t("upSelected")}</em>}
      </span>
      <span class="code">
        {d.layer} {d.row > 0 && t("upRowN", { n: d.row })}
      </span>
      <span class="dim small">
        <span class="code">{d.key}</span>
        <br />
        {half(d.message)}
        {d.original && ` · ${t("upWas", { x: d.original })}`}
        {!d.bounds && ` · ${t("upNoPlace")}`}
      </span>
    </>
  );
  if (!d.bounds) return <li class="row still">{words}</li>;
  return (
    <li>
      <button
        type="button"
        class={`row defect${picked ? " picked" : ""}`}
        aria-pressed={picked}
        data-seq={d.seq}
        onClick={() => {
          defectPicked.value = d.seq;
          if (d.bounds) flight.value = { bounds: d.bounds };
        }}
      >
        {words}
      </button>
    </li>
  );
}
