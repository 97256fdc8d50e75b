import { useEffect, useState } from "preact/hooks";
import { type DisputeAct, type DisputeCard, disputes } from "./api-disputes";
import { cropName } from "./crops";
import { DisputeMap } from "./dispute-map";
import { bothUnits } from "./dispute-raise";
import { dateOf, percent } from "./numbers";
import { account, failed, go, lang, t, tell } from "./state";

/** One dispute: what is published, what is proposed, and who decides. */
export function Card({ id, onLeave }: { id: string; onLeave: () => void }) {
  const [card, setCard] = useState<DisputeCard | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = () => disputes.card(id).then(setCard, (e) => setError(failed(e)));
  useEffect(() => void read(), [id]);
  const move = async (act: DisputeAct, reason: string) => {
    if (!card) return;
    setError(null);
    try {
      const after = await disputes.move(card.id, act, reason);
      setCard({ ...after, disputed: card.disputed, proposed: card.proposed }); // the map stays as it is
    } catch (e) {
      setError(failed(e));
      void read(); // somebody else may have decided
    }
  };
  return (
    <article class="disputes">
      <button type="button" class="back" onClick={onLeave}>
        ← {t("disputeBack")}
      </button>
      {!card && error === null && <p class="wait">{t("loading")}</p>}
      {card && <Facts d={card} />}
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {card && <Acts d={card} onMove={move} />}
      {card && <History d={card} />}
    </article>
  );
}

function Facts({ d }: { d: DisputeCard }) {
  const l = lang.value;
  return (
    <section class="block">
      <h2>
        {t(`dispute_${d.kind}`)} <span class={`flag ${d.state}`}>{t(`dispute_${d.state}`)}</span>
      </h2>
      <p class="dim">
        {t("disputeBy", { name: d.author })} · {dateOf(d.created_at.slice(0, 10), l)}
        {d.reviewer && ` · ${t("disputeReviewedBy", { name: d.reviewer })}`}
      </p>
      <p>
        {t("parcel")} <span class="code">{d.parcel_id}</span>
      </p>
      <Change d={d} />
      <h3>{t("disputeEvidenceTitle")}</h3>
      <p class="evidence">{d.evidence}</p>
      {d.proposed && <p class="dim">{t("disputeMapSeen")}</p>}
      <DisputeMap publication={d.publication} disputed={d.disputed} proposed={d.proposed} />
      {d.proposed && <Overlaps d={d} />}
      <button type="button" class="button" onClick={() => go({ kind: "parcel", id: d.parcel_id })}>
        {t("disputeOpenParcel")}
      </button>
    </section>
  );
}

function Change({ d }: { d: DisputeCard }) {
  const l = lang.value;
  const crop = (code: string) => (code ? cropName(code, l) : t("unknownCrop"));
  if (d.kind === "not_mine") return <p>{t("disputeNotMineHelp")}</p>;
  const m2 = d.proposed_m2 ?? d.area_m2;
  const by = m2 / Math.max(d.area_m2, 1e-9) - 1;
  return (
    <dl class="facts">
      <div>
        <dt>{t("disputePublished")}</dt>
        <dd>{d.kind === "crop" ? crop(d.crop) : t("disputeArea", bothUnits(d.area_m2))}</dd>
      </div>
      <div>
        <dt>{t("disputeProposed")}</dt>
        <dd>{d.kind === "crop" ? crop(d.proposed_crop) : t("disputeArea", bothUnits(m2))}</dd>
      </div>
      {d.kind === "boundary" && (
        <div>
          <dt>{t("disputeChange")}</dt>
          <dd>
            {by >= 0 ? "+" : "−"}
            {percent(Math.abs(by), l, 1)}
          </dd>
        </div>
      )}
    </dl>
  );
}

function Overlaps({ d }: { d: DisputeCard }) {
  if (d.overlaps.length === 0) return <p>{t("disputeNoOverlaps")}</p>;
  return (
    <>
      <p>{t("disputeOverlaps", { n: d.overlaps.length })}</p>
      <ul>
        {d.overlaps.map((o) => (
          <li key={o.parcel_id}>
            <span class="code">{o.parcel_id}</span> {Math.round(o.area_m2)} m²
          </li>
        ))}
      </ul>
    </>
  );
}

/** What the account may do about it, else who can. */
function Acts({ d, onMove }: { d: DisputeCard; onMove: (act: DisputeAct, reason: string) => Promise<void> }) {
  const [reason, setReason] = useState("");
  if (d.state === "accepted" && d.kind === "boundary") return <p role="status">{t("disputeKept")}</p>;
  if (d.state !== "open") return null;
  const own = account.value?.name === d.author;
  const decides = ["approver", "admin"].includes(account.value?.role ?? "") && !own;
  if (!decides) {
    return (
      <section class="block">
        <p>{t("disputeWaits")}</p>
        {own && (
          <button type="button" class="button" onClick={() => void onMove("withdraw", "")}>
            {t("disputeWithdraw")}
          </button>
        )}
      </section>
    );
  }
  const ready = reason.trim().length >= 2;
  return (
    <section class="block">
      <h3>{t("disputeReview")}</h3>
      <p class="dim">{t("disputeReviewHelp")}</p>
      <label class="stack">
        {t("disputeReason")}
        <textarea
          name="reason"
          rows={2}
          maxLength={500}
          required
          value={reason}
          onInput={(e) => setReason(e.currentTarget.value)}
        />
      </label>
      <div class="acts">
        <button type="button" class="button main" disabled={!ready} onClick={() => void onMove("accept", reason)}>
          {t("disputeAccept")}
        </button>
        <button type="button" class="button" disabled={!ready} onClick={() => void onMove("reject", reason)}>
          {t("disputeReject")}
        </button>
      </div>
    </section>
  );
}

function History({ d }: { d: DisputeCard }) {
  const l = lang.value;
  return (
    <section class="block">
      <h3>{t("disputeHistory")}</h3>
      <ol class="history">
        {d.history.map((h) => (
          <li key={h.at + h.act}>
            <span class="dim">{dateOf(h.at.slice(0, 10), l)}</span> {t(`disputeAct_${h.act}`)} ·{" "}
            {h.actor.split(" (")[0]}
            {h.reason && ` · ${h.reason}`}
          </li>
        ))}
      </ol>
    </section>
  );
}
