import { useState } from "preact/hooks";
import type { Choices, Found, UploadCard } from "./api-upload";
import { count } from "./numbers";
import { lang, t } from "./state";
import type { Word } from "./words";

const rolesOfDK = ["id", "name", "area"];
const rolesOfPlain = ["id", "household", "area", "village", "name"];

/** What the hand-over seems to be, with what else it could be: for a person to say yes, or to choose. */
export function FoundSection({ u, check }: { u: UploadCard; check: (c: Choices) => void }) {
  const found = u.found as Found;
  const table = found.tables[0];
  const plain = u.report?.mapping !== undefined || u.why === "mapping";
  const [c, setChoices] = useState<Choices>(u.options);
  const open = u.state === "refused" || u.state === "quarantined";
  const may = u.may.includes("check");
  const changed = JSON.stringify(c) !== JSON.stringify(u.options);
  return (
    <details class="block found" open={open || changed}>
      <summary>
        <h3>{t("upFound")}</h3>
        <Summary u={u} />
      </summary>
      <p class="dim">{t("upFoundHelp")}</p>
      {table && (
        <fieldset class="choices">
          <legend>{t("upEncoding")}</legend>
          <Option
            name="encoding"
            value=""
            at={c.encoding ?? ""}
            may={may}
            pick={(v) => setChoices({ ...c, encoding: v })}
          >
            {t("upByFile")}
          </Option>
          {table.encodings.map((e) => (
            <Option
              key={e.name}
              name="encoding"
              value={e.name}
              at={c.encoding ?? ""}
              may={may}
              pick={(v) => setChoices({ ...c, encoding: v })}
            >
              <b>{e.name === "GB18030" ? "GB18030 / GBK" : e.name}</b>
              {e.declared && <em class="tag">{t("upDeclared")}</em>}
              {e.guessed && <em class="tag">{t("upGuessed")}</em>}
              {e.garbled > 0 && <em class="tag bad">{t("upGarbledN", { n: e.garbled })}</em>}
              {e.samples.length > 0 && <span class="sample">{t("upReadsAs", { x: e.samples.join("、") })}</span>}
            </Option>
          ))}
        </fieldset>
      )}
      {found.crs.length > 0 && (
        <fieldset class="choices">
          <legend>{t("upCRS")}</legend>
          <Option name="crs" value="" at={c.crs ?? ""} may={may} pick={(v) => setChoices({ ...c, crs: v })}>
            {t("upByFile")}
            {u.report && <span class="sample">{u.report.crs.source.slice(0, 60)}</span>}
          </Option>
          {found.crs
            .filter((s) => s.name.startsWith("EPSG:"))
            .map((s) => (
              <Option
                key={s.name}
                name="crs"
                value={s.name}
                at={c.crs ?? ""}
                may={may}
                pick={(v) => setChoices({ ...c, crs: v })}
              >
                <b>{s.name}</b>
                {s.declared && <em class="tag">{t("upDeclared")}</em>}
                {!s.inside && <em class="tag bad">{t("upOutside")}</em>}
                {s.swapped && <em class="tag">{t("upSwapped")}</em>}
                <span class="sample">
                  {t("upCRSAt", {
                    datum: s.datum,
                    cm: s.lon0 ? t("upCM", { x: s.lon0 }) : "",
                    lon: s.lon.toFixed(2),
                    lat: s.lat.toFixed(2),
                  })}
                </span>
              </Option>
            ))}
        </fieldset>
      )}
      {table && (
        <>
          <fieldset class="choices">
            <legend>{t("upColumns")}</legend>
            <p class="dim small">{t("upColumnsHelp")}</p>
            {(plain ? rolesOfPlain : rolesOfDK).map((role) => (
              <label key={role} class="field">
                {t(`upRole_${role}` as Word)}
                <select
                  name={`column-${role}`}
                  disabled={!may}
                  value={c.columns?.[role] ?? table.columns.find((x) => x.role === role)?.name ?? "-"}
                  onChange={(e) => setChoices({ ...c, columns: { ...c.columns, [role]: e.currentTarget.value } })}
                >
                  <option value="-">{t("upNoColumn")}</option>
                  {table.columns.map((x) => (
                    <option key={x.name} value={x.name}>
                      {x.name}
                    </option>
                  ))}
                </select>
              </label>
            ))}
          </fieldset>
          <Rows table={table} />
        </>
      )}
      {may && (
        <button type="button" class="button main" disabled={!changed && u.state === "checked"} onClick={() => check(c)}>
          {t("upRecheck")}
        </button>
      )}
    </details>
  );
}

/** In one line: files, encoding, system. */
function Summary({ u }: { u: UploadCard }) {
  const found = u.found as Found;
  const parts = [
    t("upFiles", { n: found.files.length }),
    ...new Set(Object.values(u.report?.encoding ?? {}).filter((e) => e !== "")),
    u.report?.crs.source.slice(0, 30),
  ];
  return <span class="dim"> {parts.filter(Boolean).join(" · ")}</span>;
}

interface OptionProps<T extends string> {
  name: string;
  value: T;
  at: T;
  may: boolean;
  pick: (value: T) => void;
  children: preact.ComponentChildren;
}

function Option<T extends string>({ name, value, at, may, pick, children }: OptionProps<T>) {
  return (
    <label class="option">
      <input
        type="radio"
        name={name}
        value={value}
        checked={value === at}
        disabled={!may}
        onChange={() => pick(value)}
      />
      <span>{children}</span>
    </label>
  );
}

function Rows({ table }: { table: Found["tables"][number] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard too
    <section class="scroll" tabIndex={0} aria-label={t("upSample", { n: table.rows.length })}>
      <table class="grid sample-rows">
        <caption>
          {table.file} · {t("upRecords", { n: count(table.records, lang.value) })} ·{" "}
          {t("upSample", { n: table.rows.length })}
        </caption>
        <thead>
          <tr>
            {table.columns.map((c) => (
              <th key={c.name} scope="col">
                {c.name}
                {c.role && <span class="dim"> {t(`upRole_${c.role}` as Word)}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((r, i) => (
            <tr key={i}>
              {r.map((cell, k) => (
                <td key={k}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
