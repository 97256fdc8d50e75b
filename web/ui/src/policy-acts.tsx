import { useState } from "preact/hooks";
import { type PolicyCard, policies } from "./api-policies";
import { account, failed, publication, t, tell } from "./state";

interface ActsProps {
  card: PolicyCard;
  onMoved: (card: PolicyCard) => void;
}

const today = () => account.value?.today ?? new Date().toISOString().slice(0, 10);

/** What the account's role may do with a policy in its state; each act says why. */
export function PolicyActs({ card, onMoved }: ActsProps) {
  const role = account.value?.role;
  const [reason, setReason] = useState("");
  const [from, setFrom] = useState(today());
  const [prefix, setPrefix] = useState(publication.value?.county ?? "");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const live = card.terms.some((x) => !x.ended);
  const may = {
    approve: role === "approver" && card.state === "tested",
    activate: role === "approver" && card.state === "approved",
    rollback: (role === "approver" || role === "risk") && live,
  };
  if (!may.approve && !may.activate && !may.rollback) return null;
  const act = async (doing: () => Promise<PolicyCard>) => {
    setBusy(true);
    setError(null);
    try {
      onMoved(await doing());
      setReason("");
    } catch (e) {
      setError(failed(e));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="block policies" onSubmit={(e) => e.preventDefault()}>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {may.approve && <p class="dim">{t("policyApproveHelp")}</p>}
      {(may.activate || may.rollback) && (
        <label class="stack">
          {t("policyPrefix")}
          <input name="prefix" inputMode="numeric" value={prefix} onInput={(e) => setPrefix(e.currentTarget.value)} />
        </label>
      )}
      {may.activate && (
        <label class="stack">
          {t("policyFrom")}
          <input name="from" type="date" min={today()} value={from} onInput={(e) => setFrom(e.currentTarget.value)} />
        </label>
      )}
      <label class="stack">
        {t("policyReason")}
        <input name="why" maxLength={500} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
      </label>
      <p class="row">
        {may.approve && (
          <button
            type="button"
            class="button main"
            disabled={busy}
            onClick={() => void act(() => policies.approve(card.digest, reason))}
          >
            {t("policyApprove")}
          </button>
        )}
        {may.activate && (
          <button
            type="button"
            class="button main"
            disabled={busy}
            onClick={() => void act(() => policies.activate(card.digest, from, prefix.trim(), reason))}
          >
            {t("policyActivate")}
          </button>
        )}
        {may.rollback && (
          <button
            type="button"
            class="button"
            disabled={busy}
            onClick={() => void act(() => policies.rollback(card.digest, prefix.trim(), reason))}
          >
            {t("policyRollback")}
          </button>
        )}
      </p>
    </form>
  );
}
