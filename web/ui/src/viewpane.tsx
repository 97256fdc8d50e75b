import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "./state";
import type { View } from "./views";

/** A view whose code comes when it is opened; `again` where the network failed. */
export function ViewPane({ view, id }: { view: Pick<View, "load">; id?: string }) {
  const [Shown, setShown] = useState<ComponentType<{ id?: string }> | null>(null);
  const [failed, setFailed] = useState(0);
  const [tried, setTried] = useState(0);
  useEffect(() => {
    let left = false;
    setShown(null);
    setFailed(0);
    view.load().then(
      (m) => left || setShown(() => m.default),
      () => left || setFailed(1),
    );
    return () => {
      left = true;
    };
  }, [view, tried]);
  if (failed > 0) {
    return (
      <>
        <p role="alert">{t("err_offline")}</p>
        <button type="button" class="button" onClick={() => setTried(tried + 1)}>
          {t("retry")}
        </button>
      </>
    );
  }
  return Shown ? <Shown id={id} /> : <p class="wait">{t("loading")}</p>;
}
