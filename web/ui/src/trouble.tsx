import { useEffect, useState } from "preact/hooks";
import { kindName, Severity, stateName } from "./alerts";
import { type Alert, type AlertAct, type AlertCard, type AlertEvidence, api } from "./api";
import { cropName } from "./crops";
import { dateOf, percent, yieldOf, yieldUnit } from "./numbers";
import { Reason } from "./reason";
import { account, countAlerts, failed, lang, publication, t, tell, unit } from "./state";
import type { Word } from "./words";

/** The alerts of a parcel, with what they rest on and what can be done. */
export function Trouble({ parcel }: { parcel: string }) {
  const p = publication.value?.id ?? 0;
  const [list, setList] = useState<Alert[]>([]);
  useEffect(() => {
    let current = true;
    api.alerts(p, { parcel }).then(
      (page) => current && setList(page.items),
      (e) => void failed(e), // the card is useful without
    );
    return () => {
      current = false;
    };
  }, [p, parcel]);
  return (
    <>
      {list.map((a) => (
        <Case key={a.id} id={a.id} />
      ))}
    </>
  );
}

function Case({ id }: { id: number }) {
  const p = publication.value?.id ?? 0;
  const [a, setAlert] = useState<AlertCard | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [closing, setClosing] = useState(false);
  const read = () =>
    api.alert(p, id).then(setAlert, (e) => {
      setError(failed(e));
    });
  useEffect(() => void read(), [p, id]);
  const move = async (act: AlertAct, reason = "") => {
    setError(null);
    try {
      setAlert(await api.moveAlert(p, id, act, reason));
      setClosing(false);
      void countAlerts();
    } catch (e) {
      setError(failed(e));
      void read(); // somebody else may have moved it
    }
  };
  if (!a) return error === null ? null : <p class="alert">{tell(error)}</p>;
  const works = account.value?.role === "officer" && a.state !== "closed";
  return (
    <section class={`block trouble ${a.state}`} aria-label={`${t("alert")}: ${kindName(a)}`}>
      <h3>
        {t("alert")}: {kindName(a)} <Severity a={a} />
      </h3>
      <Evidence a={a} />
      <p class="status" role="status">
        <b>{t(a.recovered ? "alertRecovered" : stateName[a.state])}</b>
        {a.assignee && ` · ${t("alertBy", { name: a.assignee })}`}
      </p>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {works && !closing && (
        <div class="acts">
          {!(a.state === "assigned" && a.assignee === account.value?.name) && (
            <button type="button" class="button main" onClick={() => void move("assign")}>
              {t("alertTake")}
            </button>
          )}
          {a.state !== "acknowledged" && (
            <button type="button" class="button" onClick={() => void move("acknowledge")}>
              {t("alertConfirm")}
            </button>
          )}
          <button type="button" class="button" onClick={() => setClosing(true)}>
            {t("alertClose")}
          </button>
        </div>
      )}
      {works && closing && (
        <Reason
          kind="closing"
          asks="closeWhy"
          usual={reasons}
          least={2}
          most={500}
          go={t("alertClose")}
          onGo={(reason) => void move("close", reason)}
          onLeave={() => setClosing(false)}
        />
      )}
      <History a={a} />
    </section>
  );
}

const reasons: Word[] = ["closeVisited", "closeHarvested", "closeFalse", "closeHandled"];

function Evidence({ a }: { a: AlertCard }) {
  const e = a.evidence;
  const l = lang.value;
  if (a.kind === "forecast_fell") {
    return (
      <p>
        {t("forecastEvidence", {
          before: yieldOf(e.before ?? 0, l, unit.value),
          now: yieldOf(e.now ?? 0, l, unit.value),
          unit: yieldUnit(l, unit.value),
          county: percent(e.county ?? 0, l),
          z: Math.abs(e.revision_z ?? 0).toFixed(1),
        })}
      </p>
    );
  }
  return (
    <>
      <p>
        {t("bandEvidence", {
          n: e.dates?.length ?? 0,
          from: dateOf(a.first_on, l),
          to: dateOf(a.last_on, l),
          crop: cropName(a.crop, l),
          z: Math.abs(e.lowest_z ?? 0).toFixed(1),
        })}{" "}
        {(e.neighbours ?? 0) > 0 && t("neighbourEvidence", { n: e.neighbours ?? 0, m: e.outside ?? 0 })}
      </p>
      {e.cause && (
        <p>
          <b>{t("alertCause")}</b> {l === "zh" ? e.cause.zh : e.cause.en}
        </p>
      )}
      <Dates dates={e.dates ?? []} />
    </>
  );
}

function Dates({ dates }: { dates: NonNullable<AlertEvidence["dates"]> }) {
  return (
    <table class="grid">
      <thead>
        <tr>
          <th scope="col">{t("date")}</th>
          <th scope="col" class="num">
            NDVI
          </th>
          <th scope="col" class="num">
            {t("countyLow")}
          </th>
          <th scope="col" class="num">
            {t("countyMid")}
          </th>
        </tr>
      </thead>
      <tbody>
        {dates.slice(-4).map((d) => (
          <tr key={d.date}>
            <th scope="row">{dateOf(d.date, lang.value)}</th>
            <td class="num">{d.ndvi.toFixed(2)}</td>
            <td class="num">{d.p10.toFixed(2)}</td>
            <td class="num">{d.median.toFixed(2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const actName: Record<AlertCard["history"][number]["act"], Word> = {
  raise: "actRaise",
  assign: "actAssign",
  acknowledge: "actAcknowledge",
  close: "actClose",
  recover: "actRecover",
  reopen: "actReopen",
};

function History({ a }: { a: AlertCard }) {
  const l = lang.value;
  return (
    <details>
      <summary>{t("alertHistory")}</summary>
      <ol class="history">
        {a.history.map((h) => (
          <li key={h.at + h.act}>
            <span class="dim">{dateOf(h.at.slice(0, 10), l)}</span> {t(actName[h.act])}
            {h.actor !== "parus" && ` · ${h.actor.split(" (")[0]}`}
            {h.reason && ` · ${h.reason}`}
          </li>
        ))}
      </ol>
    </details>
  );
}
