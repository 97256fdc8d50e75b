import { useRef, useState } from "preact/hooks";
import { type Changes, policies } from "./api-policies";
import { Problem } from "./client";
import { ChangeTable } from "./policy-changes";
import { failed, t, tell } from "./state";

interface EditorProps {
  base: string;
  onKept: (p: { version: string }) => void;
  onLeave: () => void;
}

/** Where a line and a column, both from 1, lie in a text. */
function offsetOf(text: string, line: number, column: number): number {
  const before = text.split("\n").slice(0, Math.max(0, line - 1));
  return before.reduce((sum, l) => sum + l.length + 1, 0) + Math.max(0, column - 1);
}

/** A document that is written, checked with the place of each fault, and kept as a draft. */
export function PolicyEditor({ base, onKept, onLeave }: EditorProps) {
  const [text, setText] = useState(base);
  const [reason, setReason] = useState("");
  const [sound, setSound] = useState<Changes | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const ask = async (doing: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await doing();
    } catch (e) {
      setSound(null);
      setError(failed(e));
    } finally {
      setBusy(false);
    }
  };
  const goTo = (line: number, column: number) => {
    const at = offsetOf(text, line, column);
    area.current?.focus();
    area.current?.setSelectionRange(at, at);
  };
  return (
    <form
      class="block policies"
      onSubmit={(e) => {
        e.preventDefault();
        void ask(async () => onKept(await policies.draft(text, reason)));
      }}
    >
      <button type="button" class="back" onClick={onLeave}>
        ← {t("policyBack")}
      </button>
      <h2>{t("policyNew")}</h2>
      <label class="stack">
        {t("policyDocument")}
        <textarea
          ref={area}
          name="document"
          class="document"
          spellcheck={false}
          rows={18}
          value={text}
          onInput={(e) => {
            setText(e.currentTarget.value);
            setSound(null);
          }}
        />
      </label>
      <p class="dim small">{t("policyLeftOut")}</p>
      <div aria-live="polite">
        {error instanceof Problem && error.faults.length > 0 ? (
          <>
            <p class="alert">{t("policyFaults", { n: error.faults.length })}</p>
            <ul class="faults">
              {error.faults.map((f) => (
                <li key={`${f.line} ${f.column} ${f.key}`}>
                  <button type="button" class="link" onClick={() => goTo(f.line, f.column)}>
                    {t("policyAt", { line: f.line, column: f.column })}
                  </button>{" "}
                  {f.key && <b>{f.key}</b>} {f.message}
                  {f.excerpt && <pre>{f.excerpt}</pre>}
                </li>
              ))}
            </ul>
          </>
        ) : (
          error !== null && (
            <p class="alert" role="alert">
              {tell(error)}
            </p>
          )
        )}
        {sound && (
          <>
            <p class="good">{t("policySound", { n: sound.rules })}</p>
            <h3>{t("policyChanges")}</h3>
            <ChangeTable changes={sound.changes} />
          </>
        )}
      </div>
      <label class="stack">
        {t("policyReason")}
        <input name="reason" maxLength={500} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
      </label>
      <p class="row">
        <button
          type="button"
          class="button"
          disabled={busy}
          onClick={() => void ask(async () => setSound(await policies.check(text)))}
        >
          {t("policyCheck")}
        </button>
        <button type="submit" class="button main" disabled={busy}>
          {t("policyKeep")}
        </button>
      </p>
    </form>
  );
}
