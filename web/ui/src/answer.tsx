import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { failed, t, tell } from "./state";

export interface Answer<T> {
  got: T | null; // null: not answered yet
  error: unknown; // null: none
}

/** What the server answers, asked anew wherever what it is asked for changes; late answers to earlier questions are dropped. */
export function useAnswer<T>(ask: () => Promise<T>, about: unknown[], onGot?: (got: T) => void): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ got: null, error: null });
  useEffect(() => {
    let current = true;
    ask().then(
      (got) => {
        if (!current) return;
        setAnswer({ got, error: null });
        onGot?.(got);
      },
      (e) => current && setAnswer({ got: null, error: failed(e) }),
    );
    return () => {
      current = false;
    };
  }, about);
  return answer;
}

/** An answer, or its two other faces: an error, waiting. */
export function Answered<T>({ of, children }: { of: Answer<T>; children: (got: T) => ComponentChildren }) {
  if (of.got !== null) return <>{children(of.got)}</>;
  if (of.error === null) return <p class="wait">{t("loading")}</p>;
  return (
    <p class="alert" role="alert">
      {tell(of.error)}
    </p>
  );
}
