import { Choice } from "./header";
import { Back, settle } from "./household";
import { type Application, type AppState, lending } from "./lending";
import { PagedList, usePages } from "./list";
import { dateOf, money } from "./numbers";
import { account, applicationsOf, go, lang, outlined, publication, t } from "./state";
import type { Word } from "./words";

export const stateWord: Record<AppState, Word> = {
  applied: "app_applied",
  decided: "app_decided",
  referred: "app_referred",
  approved: "app_approved",
  accepted: "app_accepted",
  drawn: "app_drawn",
  repaid: "app_repaid",
  rejected: "app_rejected",
  withdrawn: "app_withdrawn",
};

/** The way to the list. An approver starts at what waits for approval. */
export function ApplicationsButton() {
  return (
    <a
      class="button applications-link"
      href="/applications"
      onClick={(e) => {
        e.preventDefault();
        if (account.value?.role === "approver") applicationsOf.value = "referred";
        go({ kind: "applications" });
      }}
    >
      {t("applications")}
    </a>
  );
}

const shown: [value: typeof applicationsOf.value, word: Word][] = [
  ["live", "appLive"],
  ["referred", "app_referred"],
  ["decided", "app_decided"],
  ["drawn", "app_drawn"],
  ["all", "allStates"],
];

export function ApplicationsPanel() {
  const p = publication.value?.id ?? 0;
  const state = applicationsOf.value;
  const pages = usePages(
    (cursor) => lending.list(p, { state: state === "all" ? "" : state, cursor }),
    [p, state],
    () => {
      outlined.value = [];
    },
  );
  return (
    <article>
      <Back />
      <section class="block list">
        <h2 tabIndex={-1} ref={settle}>
          {t("applications")}
        </h2>
        <p class="dim">{t("applicationsHelp")}</p>
        <Choice
          name="states"
          label={t("appState")}
          value={state}
          options={shown.map(([value, word]) => [value, t(word)])}
          onChange={(v) => {
            applicationsOf.value = v;
          }}
        />
        <PagedList pages={pages} none="noApplications" row={(a) => <ApplicationRow key={a.id} a={a} />} />
      </section>
    </article>
  );
}

export function ApplicationRow({ a }: { a: Application }) {
  const l = lang.value;
  return (
    <li>
      <a
        href={`/a/${a.id}`}
        class="row"
        onClick={(e) => {
          e.preventDefault();
          go({ kind: "application", id: String(a.id) });
        }}
      >
        <span class="what">
          <b>{a.household || a.household_id}</b> <span class="code">{a.household_id}</span>
        </span>
        <span class="sum">{money(a.line_fen, l, a.currency)}</span>
        <span class="dim small">
          {t("asked")} {money(a.asked_fen, l, a.currency)} · {dateOf(a.created_at.slice(0, 10), l)} · {a.applied_by}
          <em class={`flag ${a.state}`}>{t(stateWord[a.state])}</em>
        </span>
      </a>
    </li>
  );
}
