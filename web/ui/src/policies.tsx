import { useEffect, useState } from "preact/hooks";
import { type Policy, type PolicyCard, policies } from "./api-policies";
import { dateOf } from "./numbers";
import { PolicyActs } from "./policy-acts";
import { ChangeTable } from "./policy-changes";
import { PolicyEditor } from "./policy-editor";
import { PolicyTests } from "./policy-tests";
import { account, failed, go, lang, t, tell } from "./state";
import { isWord } from "./words";
import "./opens.css";
import "./policies.css";

/** Credit policies: the list, or the one that the address names. */
export default function PoliciesView({ id }: { id?: string }) {
  const [base, setBase] = useState<string | null>(null);
  const to = (policy?: string) => {
    setBase(null);
    go(policy ? { kind: "view", name: "policies", id: policy } : { kind: "view", name: "policies" });
  };
  if (base !== null) return <PolicyEditor base={base} onKept={(p) => to(p.version)} onLeave={() => setBase(null)} />;
  return id ? <Card key={id} id={id} onEdit={setBase} onLeave={() => to()} /> : <List onOpen={to} onNew={setBase} />;
}

const standing = (p: Policy) => {
  const word = `standing_${p.standing}`;
  return t(isWord(word) ? word : "standing_draft");
};

/** What a new policy begins from; all that it leaves out is the default's. */
const blank = 'version: "2026-1"\nappetite: 0.03\nrules: []\n';

function List({ onOpen, onNew }: { onOpen: (policy: string) => void; onNew: (document: string) => void }) {
  const [list, setList] = useState<Policy[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    policies.list().then(setList, (e) => setError(failed(e)));
  }, []);
  return (
    <section class="block policies">
      <h2>{t("policies")}</h2>
      <p>{t("policiesHelp")}</p>
      {account.value?.role === "risk" && (
        <button type="button" class="button main" onClick={() => onNew(blank)}>
          {t("policyNew")}
        </button>
      )}
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {!list && error === null && <p class="wait">{t("loading")}</p>}
      {list?.length === 0 && <p>{t("noPolicies")}</p>}
      {list && list.length > 0 && (
        <ul class="opens">
          {list.map((p) => (
            <li key={p.digest}>
              <button type="button" onClick={() => onOpen(p.version)}>
                <b>{p.version}</b> <span class={`flag ${p.standing}`}>{standing(p)}</span>
                <span class="dim small">
                  {t("policyAuthor", { name: p.author })} · {dateOf(p.created_at.slice(0, 10), lang.value)}
                  {p.approver && ` · ${t("policyApprover", { name: p.approver })}`}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface CardProps {
  id: string;
  onEdit: (document: string) => void;
  onLeave: () => void;
}

function Card({ id, onEdit, onLeave }: CardProps) {
  const [card, setCard] = useState<PolicyCard | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = () => policies.card(id).then(setCard, (e) => setError(failed(e)));
  useEffect(() => void read(), [id]);
  return (
    <article class="policies">
      <button type="button" class="back" onClick={onLeave}>
        ← {t("policyBack")}
      </button>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {!card && error === null && <p class="wait">{t("loading")}</p>}
      {card && (
        <>
          <section class="block">
            <h2>
              {card.version} <span class={`flag ${card.standing}`}>{standing(card)}</span>
            </h2>
            <p class="dim">
              {t("policyAuthor", { name: card.author })}
              {card.approver && ` · ${t("policyApprover", { name: card.approver })}`}
            </p>
            <p class="code">{card.digest.slice(0, 16)}</p>
            <Terms card={card} />
          </section>
          <PolicyActs card={card} onMoved={setCard} />
          <PolicyTests card={card} onKept={() => void read()} />
          <Differences id={card.digest} />
          <section class="block">
            <h3>{t("policyDocument")}</h3>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard must be able to scroll it */}
            <pre class="document" tabIndex={0}>
              {card.document}
            </pre>
            {account.value?.role === "risk" && (
              <button type="button" class="button" onClick={() => onEdit(card.document)}>
                {t("policyEdit")}
              </button>
            )}
          </section>
          <History card={card} />
        </>
      )}
    </article>
  );
}

function Terms({ card }: { card: PolicyCard }) {
  if (card.terms.length === 0) return null;
  const l = lang.value;
  return (
    <>
      <h3>{t("policyTerms")}</h3>
      <ul>
        {card.terms.map((x) => (
          <li key={x.id}>
            {t("policyTerm", { prefix: x.prefix || t("policyEverywhere"), d: dateOf(x.from, l) })}
            {x.ended && t("policyEnded", { d: dateOf(x.ended, l) })}
          </li>
        ))}
      </ul>
    </>
  );
}

function Differences({ id }: { id: string }) {
  const [changes, setChanges] = useState<{ key: string; before: string; after: string }[] | null>(null);
  useEffect(() => {
    policies.changes(id).then(
      (c) => setChanges(c.changes),
      (e) => void failed(e), // the card is useful without
    );
  }, [id]);
  if (!changes) return null;
  return (
    <section class="block">
      <h3>{t("policyChanges")}</h3>
      <ChangeTable changes={changes} />
    </section>
  );
}

function History({ card }: { card: PolicyCard }) {
  return (
    <section class="block">
      <h3>{t("policyHistory")}</h3>
      <ol class="history">
        {card.history.map((h) => {
          const word = `did_${h.act}`;
          return (
            <li key={h.seq}>
              <span class="dim">{dateOf(h.at.slice(0, 10), lang.value)}</span> {h.actor}{" "}
              {isWord(word) ? t(word) : h.act}
              {h.reason && `：${h.reason}`}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
