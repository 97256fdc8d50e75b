import { useState } from "preact/hooks";
import "./access.css";
import { momentOf } from "./account";
import { access, auditTable, type Entry, type Wanted } from "./api-access";
import { usePages } from "./list";
import { t, tell } from "./state";
import { isWord, type Word } from "./words";

const kinds: Entry["kind"][] = ["people", "application", "alert", "run", "policy", "access"];
const kindName = (k: string) => t((isWord(`kind_${k}`) ? `kind_${k}` : "kind_all") as Word);
const everything: Wanted = { kind: "", actor: "", household: "", from: "", until: "" };

/** What was done, in the words of its kind where there are some. */
const actName = (e: Entry) => {
  const alertAct = `act${e.act.charAt(0).toUpperCase()}${e.act.slice(1)}`;
  const word = e.kind === "alert" ? alertAct : e.kind === "application" ? `act_${e.act}` : "";
  return isWord(word) ? t(word) : e.act;
};

function Filter({ onFilter }: { onFilter: (w: Wanted) => void }) {
  return (
    <form
      class="closing access filter"
      onSubmit={(event) => {
        event.preventDefault();
        const f = new FormData(event.currentTarget as HTMLFormElement);
        const of = (name: keyof Wanted) => String(f.get(name) ?? "").trim();
        onFilter({
          kind: of("kind") as Wanted["kind"],
          actor: of("actor"),
          household: of("household"),
          from: of("from"),
          until: of("until"),
        });
      }}
    >
      <label>
        {t("auditKind")}
        <select name="kind">
          <option value="">{t("kind_all")}</option>
          {kinds.map((k) => (
            <option key={k} value={k}>
              {kindName(k)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("auditActor")}
        <input name="actor" maxLength={100} />
      </label>
      <label>
        {t("auditHousehold")}
        <input name="household" maxLength={64} />
      </label>
      <label>
        {t("from")}
        <input name="from" type="date" />
      </label>
      <label>
        {t("until")}
        <input name="until" type="date" />
      </label>
      <button type="submit" class="button main">
        {t("apply")}
      </button>
    </form>
  );
}

export default function AuditView() {
  const [wanted, setWanted] = useState(everything);
  const pages = usePages(
    (cursor) => access.audit(wanted, cursor),
    [wanted],
    () => undefined,
  );
  const { rows, error, more } = pages;
  return (
    <article>
      <section class="block">
        <h2>{t("audit")}</h2>
        <p class="dim">{t("auditHelp")}</p>
        <Filter onFilter={setWanted} />
        <p class="between">
          <span class="dim" role="status">
            {rows && t("entriesShown", { n: rows.length })}
          </span>
          <a class="button" href={auditTable(wanted)} download>
            {t("download")}
          </a>
        </p>
        {error !== null && (
          <p class="alert" role="alert">
            {tell(error)}
          </p>
        )}
        {rows === null && error === null && <p class="wait">{t("loading")}</p>}
        {rows?.length === 0 && <p>{t("noEntries")}</p>}
        {rows && rows.length > 0 && <Entries rows={rows} />}
        {more && (
          <button type="button" class="button wide" onClick={more}>
            {t("more")}
          </button>
        )}
      </section>
    </article>
  );
}

function Entries({ rows }: { rows: Entry[] }) {
  return (
    <table class="grid trail">
      <thead>
        <tr>
          <th scope="col">{t("when")}</th>
          <th scope="col">{t("auditActor")}</th>
          <th scope="col">{t("did")}</th>
          <th scope="col">{t("on")}</th>
          <th scope="col">{t("auditWhy")}</th>
          <th scope="col">{t("basis")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((e) => (
          <tr key={`${e.at}${e.kind}${e.item}${e.act}`}>
            <td data-label={t("when")}>{momentOf(e.at)}</td>
            <td data-label={t("auditActor")}>{e.actor}</td>
            <td data-label={t("did")}>
              {kindName(e.kind)} · {actName(e)}
            </td>
            <td data-label={t("on")}>
              {e.item} {e.household && <a href={`/h/${encodeURIComponent(e.household)}`}>{e.household}</a>}
            </td>
            <td data-label={t("auditWhy")}>{e.reason}</td>
            <td data-label={t("basis")}>
              {[e.release && t("releaseN", { x: e.release }), e.model].filter(Boolean).join(" · ")}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
