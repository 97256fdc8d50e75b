import { t } from "./state";

interface IntervalProps {
  low: number;
  mid: number;
  high: number;
  show: (value: number) => string;
}

/** P10, P50 and P90 as a bar and as text. The axis starts at zero, so that the width is honest. */
export function Interval({ low, mid, high, show }: IntervalProps) {
  const most = Math.max(high * 1.15, 1e-9);
  const share = (v: number) => `${Math.max(0, Math.min(1, v / most)) * 100}%`;
  return (
    <>
      <div class="interval" aria-hidden="true">
        <span class="span" style={{ left: share(low), width: share(high - Math.max(low, 0)) }} />
        <span class="mid" style={{ left: share(mid) }} />
      </div>
      <dl class="facts">
        <div>
          <dt>{t("low")}</dt>
          <dd>{show(low)}</dd>
        </div>
        <div>
          <dt>{t("mid")}</dt>
          <dd>{show(mid)}</dd>
        </div>
        <div>
          <dt>{t("high")}</dt>
          <dd>{show(high)}</dd>
        </div>
      </dl>
    </>
  );
}
