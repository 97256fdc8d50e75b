import { useEffect, useState } from "preact/hooks";
import type { ParcelCard } from "./api";
import { api } from "./api";
import { type DisputeCard, type DisputeKind, disputes, type Outline, type Proposal } from "./api-disputes";
import { cropCodes, cropName } from "./crops";
import { Corners } from "./dispute-corners";
import { DisputeMap } from "./dispute-map";
import { area } from "./numbers";
import { areaOf, moved } from "./outline";
import { failed, go, lang, publication, publications, t, tell } from "./state";

export const kinds: DisputeKind[] = ["boundary", "crop", "not_mine"];

/** Square metres in both units, whichever the page shows. */
export const bothUnits = (m2: number) => ({ mu: area(m2, lang.value, "mu"), ha: area(m2, lang.value, "ha") });

/** Says what is wrong about a parcel of the publication shown. */
export function Raise({ parcel, onKept }: { parcel: string; onKept: (d: DisputeCard) => void }) {
  const shown = publication.value;
  const p =
    shown && parcel.startsWith(shown.county) ? shown : publications.value?.find((x) => parcel.startsWith(x.county));
  const [card, setCard] = useState<ParcelCard | null>(null);
  const [published, setPublished] = useState<Outline | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (!p) return;
    let current = true;
    Promise.all([api.parcel(p.id, parcel), disputes.outline(p.id, parcel)]).then(
      ([c, o]) => {
        if (!current) return;
        setCard(c);
        setPublished(o.shape);
      },
      (e) => current && setError(failed(e)),
    );
    return () => {
      current = false;
    };
  }, [p?.id, parcel]);
  return (
    <article class="disputes">
      <button type="button" class="back" onClick={() => go({ kind: "parcel", id: parcel })}>
        ← {t("disputeToParcel")}
      </button>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {!published && error === null && <p class="wait">{t("loading")}</p>}
      {p && card && published && <Form publication={p.id} card={card} published={published} onKept={onKept} />}
    </article>
  );
}

interface FormProps {
  publication: number;
  card: ParcelCard;
  published: Outline;
  onKept: (d: DisputeCard) => void;
}

function Form({ publication: p, card, published, onKept }: FormProps) {
  const l = lang.value;
  const [kind, setKind] = useState<DisputeKind>("boundary");
  const [shape, setShape] = useState(published);
  const [crop, setCrop] = useState("");
  const [evidence, setEvidence] = useState("");
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const send = async () => {
    setSending(true);
    setError(null);
    const body: Proposal = { parcel_id: card.id, kind, evidence };
    if (kind === "boundary") body.shape = shape;
    if (kind === "crop") body.crop = crop;
    try {
      onKept(await disputes.propose(p, body));
    } catch (e) {
      setError(failed(e));
      setSending(false);
    }
  };
  return (
    <form
      class="block"
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      <h2>{t("disputeRaise")}</h2>
      <p>
        {card.name} <span class="code">{card.id}</span>
        <br />
        {t("disputeArea", bothUnits(card.area_m2))} · {card.abstained ? t("unknownCrop") : cropName(card.crop, l)}
      </p>
      <fieldset class="kinds">
        <legend>{t("disputeKind")}</legend>
        {kinds.map((k) => (
          <label key={k} class="button">
            <input type="radio" name="kind" value={k} checked={kind === k} onChange={() => setKind(k)} />{" "}
            {t(`dispute_${k}`)}
          </label>
        ))}
      </fieldset>
      {kind === "boundary" && (
        <>
          <p class="dim">{t("disputeMapHelp")}</p>
          <DisputeMap
            publication={p}
            disputed={published}
            proposed={shape}
            onMove={(c, to) => setShape((o) => moved(o, c, to))}
          />
          <p role="status">
            <b>{t("disputeAreaNow", bothUnits(areaOf(shape)))}</b>
          </p>
          <Corners shape={shape} onChange={setShape} />
          <button type="button" class="button" onClick={() => setShape(published)}>
            {t("disputeReset")}
          </button>
        </>
      )}
      {kind === "crop" && (
        <label class="stack">
          {t("disputeCropIs")}
          <select name="crop" required value={crop} onChange={(e) => setCrop(e.currentTarget.value)}>
            <option value="">{t("disputeChoose")}</option>
            {cropCodes.map((code) => (
              <option key={code} value={code}>
                {cropName(code, l)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="stack">
        {t("disputeEvidence")}
        <textarea
          name="evidence"
          rows={3}
          minLength={2}
          maxLength={500}
          required
          value={evidence}
          onInput={(e) => setEvidence(e.currentTarget.value)}
        />
      </label>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      <button type="submit" class="button main" disabled={sending}>
        {t(sending ? "disputeSending" : "disputeSend")}
      </button>
    </form>
  );
}
