import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "./state";

/** Why somebody does it: nothing goes without. */
export function Reason({
  go,
  leave,
  onGo,
  onLeave,
  children,
}: {
  go: string;
  leave?: string;
  onGo: (reason: string) => void;
  onLeave: () => void;
  children?: ComponentChildren;
}) {
  const [text, setText] = useState("");
  return (
    <form
      class="reason"
      onSubmit={(e) => {
        e.preventDefault();
        onGo(text.trim());
      }}
    >
      {children}
      <label>
        {t("runReason")}
        <textarea
          name="reason"
          rows={2}
          minLength={4}
          maxLength={200}
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
