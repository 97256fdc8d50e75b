import { useEffect, useState } from "preact/hooks";
import { type Dispute, type DisputeState, disputes } from "./api-disputes";
import { Card } from "./dispute-card";
import { Raise } from "./dispute-raise";
import { dateOf } from "./numbers";
import { failed, go, lang, publication, t, tell } from "./state";
import "./opens.css";
import "./disputes.css";

const about = "of-";

/** Disputes: the list, the one that the address names, or a new one about a parcel ("of-" and its code). */
export default function DisputesView({ id }: { id?: string }) {
  const to = (dispute?: number) =>
    go(dispute ? { kind: "view", name: "disputes", id: String(dispute) } : { kind: "view", name: "disputes" });
  if (id?.startsWith(about)) {
    const parcel = id.slice(about.length);
    return <Raise key={id} parcel={parcel} onKept={(d) => to(d.id)} />;
  }
  return id ? <Card key={id} id={id} onLeave={() => to()} /> : <List onOpen={to} />;
}

const states: (DisputeState | "")[] = ["open", "accepted", "rejected", "withdrawn", ""];

function List({ onOpen }: { onOpen: (dispute: number) => void }) {
  const p = publication.value?.id ?? 0;
  const [state, setState] = useState<DisputeState | "">("open");
  const [list, setList] = useState<Dispute[] | null>(null);
  const [next, setNext] = useState("");
  const [error, setError] = useState<unknown>(null);
  const read = (cursor: string) =>
    disputes.list(p, state, cursor).then(
      (page) => {
        setList((before) => (cursor && before ? [...before, ...page.items] : page.items));
        setNext(page.next_cursor);
      },
      (e) => setError(failed(e)),
    );
  useEffect(() => {
    setList(null);
    setError(null);
    if (p) void read("");
  }, [p, state]);
  return (
    <section class="block disputes">
      <h2>{t("disputes")}</h2>
      <p>{t("disputesHelp")}</p>
      <label class="stack">
        {t("disputeState")}
        <select value={state} onChange={(e) => setState(e.currentTarget.value as DisputeState | "")}>
          {states.map((s) => (
            <option key={s} value={s}>
              {t(`dispute_${s || "all"}`)}
            </option>
          ))}
        </select>
      </label>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {!list && error === null && <p class="wait">{t("loading")}</p>}
      {list?.length === 0 && <p>{t("noDisputes")}</p>}
      {list && list.length > 0 && (
        <ul class="opens">
          {list.map((d) => (
            <li key={d.id}>
              <button type="button" onClick={() => onOpen(d.id)}>
                <b>{t(`dispute_${d.kind}`)}</b> <span class={`flag ${d.state}`}>{t(`dispute_${d.state}`)}</span>
                <span class="code">{d.parcel_id}</span>
                <span class="dim small">
                  {t("disputeBy", { name: d.author })} · {dateOf(d.created_at.slice(0, 10), lang.value)}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {next && (
        <button type="button" class="button" onClick={() => void read(next)}>
          {t("more")}
        </button>
      )}
    </section>
  );
}
