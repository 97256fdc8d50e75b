import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "./state";
import type { Word } from "./words";

interface ReasonProps {
  go: string;
  leave?: string;
  onGo: (reason: string) => void;
  onLeave: () => void;
  kind?: string; // class of the form
  asks?: Word;
  usual?: Word[]; // reasons that one press writes
  least?: number; // characters
  most?: number;
  children?: ComponentChildren;
}

/** Why somebody does it: nothing goes without. */
export function Reason({
  go,
  leave,
  onGo,
  onLeave,
  kind = "reason",
  asks = "runReason",
  usual = [],
  least = 4,
  most = 200,
  children,
}: ReasonProps) {
  const [text, setText] = useState("");
  return (
    <form
      class={kind}
      onSubmit={(e) => {
        e.preventDefault();
        onGo(text.trim());
      }}
    >
      {children}
      {usual.length > 0 && (
        <div class="acts">
          {usual.map((r) => (
            <button key={r} type="button" class="button" aria-pressed={text === t(r)} onClick={() => setText(t(r))}>
              {t(r)}
            </button>
          ))}
        </div>
      )}
      <label>
        {t(asks)}
        <textarea
          name="reason"
          rows={2}
          minLength={least}
          maxLength={most}
          required
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
        />
      </label>
      <div class="acts">
        <button type="submit" class="button main">
          {go}
        </button>
        <button type="button" class="button" onClick={onLeave}>
          {leave ?? t("cancel")}
        </button>
      </div>
    </form>
  );
}
