import { type Alert, type AlertState, api } from "./api";
import { cropName } from "./crops";
import { Choice } from "./header";
import { Back, settle } from "./household";
import { PagedList, usePages } from "./list";
import { area, count, dateOf, percent } from "./numbers";
import { alerts, alertsOf, go, lang, outlined, publication, t, unit } from "./state";
import type { Word } from "./words";

export const stateName: Record<AlertState, Word> = {
  open: "alertOpen",
  assigned: "alertAssigned",
  acknowledged: "alertAcknowledged",
  closed: "alertClosed",
};

const kinds: Record<Alert["kind"], Word> = {
  left_band: "alertBand",
  hazard: "alertHazard",
  forecast_fell: "alertForecast",
};

export const kindName = (a: Alert) => t(kinds[a.kind]);

export const lost = (a: Alert) =>
  t(a.kind === "forecast_fell" ? "alertYieldLost" : "alertGreenLost", { x: percent(a.strength, lang.value) });

/** How bad it is, as a picture and a word. */
export function Severity({ a }: { a: Alert }) {
  const severe = a.strength >= 0.5;
  return (
    <span class={`severity ${severe ? "severe" : "mild"}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d="M8 2 15 14H1z" fill={severe ? "currentColor" : "none"} stroke="currentColor" stroke-width="1.6" />
      </svg>
      {lost(a)}
    </span>
  );
}

/** The way to the list, with how many wait for somebody. */
export function AlertsButton() {
  const waiting = alerts.value?.open ?? 0;
  return (
    <a
      class={`button alerts-link ${waiting > 0 ? "waiting" : ""}`}
      href="/alerts"
      onClick={(e) => {
        e.preventDefault();
        go({ kind: "alerts" });
      }}
    >
      {t("alerts")}
      <b class="count">
        <span aria-hidden="true">{count(waiting, lang.value)}</span>
        <span class="unseen">{t("alertsWaiting", { n: waiting })}</span>
      </b>
    </a>
  );
}

export function AlertsPanel() {
  const p = publication.value?.id ?? 0;
  const filter = alertsOf.value;
  const pages = usePages(
    (cursor) => api.alerts(p, { state: filter === "all" ? "" : filter, cursor }),
    [p, filter],
    (page, all) => {
      alerts.value = page;
      outlined.value = all.map((a) => a.parcel_id);
    },
  );
  const n = alerts.value;
  const live = (n?.open ?? 0) + (n?.assigned ?? 0) + (n?.acknowledged ?? 0);
  return (
    <article>
      <Back />
      <section class="block list">
        <h2 tabIndex={-1} ref={settle}>
          {t("alerts")}
        </h2>
        <p class="dim">{t("alertsHelp")}</p>
        <Choice
          name="states"
          label={t("alertState")}
          value={filter}
          options={[
            ["live", `${t("alertLive")} ${live}`],
            ["open", `${t("alertOpen")} ${n?.open ?? 0}`],
            ["assigned", `${t("alertAssigned")} ${n?.assigned ?? 0}`],
            ["acknowledged", `${t("alertAcknowledged")} ${n?.acknowledged ?? 0}`],
            ["closed", `${t("alertClosed")} ${n?.closed ?? 0}`],
          ]}
          onChange={(v) => {
            alertsOf.value = v;
          }}
        />
        <PagedList pages={pages} none="noAlerts" row={(a) => <Row key={a.id} a={a} />} />
      </section>
    </article>
  );
}

function Row({ a }: { a: Alert }) {
  const l = lang.value;
  return (
    <li>
      <a
        href={`/p/${a.parcel_id}`}
        class="row"
        onClick={(e) => {
          e.preventDefault();
          go({ kind: "parcel", id: a.parcel_id });
        }}
      >
        <span class="what">
          <b>{a.household || a.household_id}</b> {a.parcel_name} <span class="code">{a.parcel_id}</span>
        </span>
        <Severity a={a} />
        <span class="dim small">
          {kindName(a)} · {cropName(a.crop, l)} · {area(a.area_m2, l, unit.value)} {t(unit.value)} ·{" "}
          {t("since", { d: dateOf(a.first_on, l) })}
          <em class="flag">
            {t(stateName[a.state])}
            {a.assignee && a.state !== "closed" ? ` · ${a.assignee}` : ""}
          </em>
        </span>
      </a>
    </li>
  );
}
