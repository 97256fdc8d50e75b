import { useEffect, useRef, useState } from "preact/hooks";
import type { HouseholdCard } from "./api";
import { ApplicationRow } from "./applications";
import { type Application, type Identity, lending } from "./lending";
import { fenOf, money } from "./numbers";
import { account, currency, failed, go, lang, publication, t, tell } from "./state";
import type { Word } from "./words";

const identities: [value: Identity, word: Word][] = [
  ["checked", "identityChecked"],
  ["unchecked", "identityUnchecked"],
  ["differs", "identityDiffers"],
];

const open = ["applied", "decided", "referred", "approved", "accepted", "drawn"];

/** The applications of a household, and an officer's way to a new one. */
export function Applying({ card }: { card: HouseholdCard }) {
  const p = publication.value;
  const [list, setList] = useState<Application[] | null>(null);
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    let current = true;
    lending.list(p?.id ?? 0, { household: card.id, limit: 20 }).then(
      (page) => current && setList(page.items),
      (e) => void failed(e), // the card is useful without
    );
    return () => {
      current = false;
    };
  }, [p?.id, card.id]);
  if (!list) return null;
  const busy = list.some((a) => open.includes(a.state));
  const may = account.value?.role === "officer" && p?.in_force && !busy;
  if (list.length === 0 && !may) return null;
  return (
    <section class="block list">
      <h3>{t("applications")}</h3>
      {busy && <p class="dim">{t("applyOpen")}</p>}
      <ul class="rows">
        {list.map((a) => (
          <ApplicationRow key={a.id} a={a} />
        ))}
      </ul>
      {may && !asking && (
        <button type="button" class="button main" onClick={() => setAsking(true)}>
          {t("applyHere")}
        </button>
      )}
      {may && asking && <Form card={card} onLeave={() => setAsking(false)} />}
    </section>
  );
}

function Form({ card, onLeave }: { card: HouseholdCard; onLeave: () => void }) {
  const line = card.decision?.line_fen ?? 0;
  const [yuan, setYuan] = useState(line > 0 ? String(line / 100) : "");
  const [debt, setDebt] = useState("");
  const [identity, setIdentity] = useState<Identity | "">("");
  const [evidence, setEvidence] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const changed = <T,>(set: (v: T) => void) => {
    return (v: T) => {
      set(v);
      setKey(crypto.randomUUID()); // another request
    };
  };
  const sent = useRef(false); // a second click comes before the button is off
  const send = async () => {
    if (sent.current || identity === "") return;
    sent.current = true;
    const p = publication.value?.id ?? 0;
    setBusy(true);
    setError(null);
    try {
      await lending.consent(p, card.id, evidence.trim());
      const a = await lending.apply(key, {
        publication: p,
        household_id: card.id,
        asked_fen: fenOf(yuan),
        debt_due_fen: fenOf(debt),
        identity,
      });
      go({ kind: "application", id: String(a.id) });
    } catch (e) {
      setError(failed(e));
      setBusy(false);
      sent.current = false;
    }
  };
  return (
    <form
      class="closing apply"
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      <label>
        {t("applyAmount")}
        <input
          name="asked"
          type="number"
          inputMode="numeric"
          min="1"
          step="1"
          required
          value={yuan}
          onInput={(e) => changed(setYuan)(e.currentTarget.value)}
        />
      </label>
      <p class="dim small">{t("applyLine", { x: money(line, lang.value, currency.value) })}</p>
      <label>
        {t("applyDebt")}
        <input
          name="debt"
          type="number"
          inputMode="numeric"
          min="0"
          step="1"
          value={debt}
          onInput={(e) => changed(setDebt)(e.currentTarget.value)}
        />
      </label>
      <label>
        {t("applyIdentity")}
        <select
          name="identity"
          required
          value={identity}
          onChange={(e) => {
            const picked = e.currentTarget.value;
            changed(setIdentity)(identities.find(([value]) => value === picked)?.[0] ?? "");
          }}
        >
          <option value="">{t("identityChoose")}</option>
          {identities.map(([value, word]) => (
            <option key={value} value={value}>
              {t(word)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("applyConsent")}
        <input
          name="consent"
          required
          minLength={2}
          maxLength={200}
          value={evidence}
          onInput={(e) => setEvidence(e.currentTarget.value)}
        />
      </label>
      <p class="dim small">{t("applyConsentHelp")}</p>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      <div class="acts">
        <button type="submit" class="button main" disabled={busy}>
          {t(busy ? "applySending" : "applySend")}
        </button>
        <button type="button" class="button" onClick={onLeave}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}
