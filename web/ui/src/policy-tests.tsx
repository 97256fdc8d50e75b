import { useEffect, useState } from "preact/hooks";
import { type Backtest, type PolicyCard, type Progress, policies, type Report, type Total } from "./api-policies";
import { Problem } from "./client";
import { seasonName } from "./crops";
import { count, money, percent } from "./numbers";
import { account, currency, failed, lang, publication, t, tell } from "./state";
import type { Word } from "./words";

/** How long to wait before the progress is asked for again, in milliseconds. */
const again = 700;

interface TestsProps {
  card: PolicyCard;
  onKept: () => void;
}

/** Back-tests of a policy, and a risk manager's way to a new one. */
export function PolicyTests({ card, onKept }: TestsProps) {
  const p = publication.value;
  const [progress, setProgress] = useState<Progress | null>(null);
  const [error, setError] = useState<unknown>(null);
  const running = progress?.state === "running";
  useEffect(() => {
    if (!running || !p) return;
    const wait = setTimeout(() => {
      policies.progress(card.digest, p.county, p.season).then(
        (now) => {
          setProgress(now);
          if (now.state === "kept") onKept();
        },
        (e) => {
          setProgress(null); // another server answers, or this one has begun anew
          if (!(e instanceof Problem && e.status === 404)) setError(failed(e));
          onKept();
        },
      );
    }, again);
    return () => clearTimeout(wait);
  }, [running, progress, p?.county, p?.season, card.digest, onKept]);
  const begin = () => {
    if (!p) return;
    setError(null);
    policies.test(card.digest, p.county, p.season).then(setProgress, (e) => setError(failed(e)));
  };
  const may = account.value?.role === "risk" && p && ["draft", "tested", "approved"].includes(card.state);
  return (
    <section class="block policies">
      <h3>{t("policyTests")}</h3>
      {card.backtests.length === 0 && <p>{t("policyNoTests")}</p>}
      <ul class="plain">
        {card.backtests.map((b) => (
          <Test key={b.id} b={b} />
        ))}
      </ul>
      <div aria-live="polite">
        {error !== null && (
          <p class="alert" role="alert">
            {tell(error)}
          </p>
        )}
        {progress?.state === "failed" && <p class="alert">{progress.problem}</p>}
        {running && (
          <p>
            {t("policyTesting", { done: count(progress.done, lang.value), total: count(progress.total, lang.value) })}
          </p>
        )}
      </div>
      {may && !running && (
        <button type="button" class="button" onClick={begin}>
          {t("policyTest", { season: `${p.county_name} ${seasonName(p.season, lang.value)}` })}
        </button>
      )}
    </section>
  );
}

function Test({ b }: { b: Backtest }) {
  const l = lang.value;
  const [report, setReport] = useState<Report | null>(null);
  const [error, setError] = useState<unknown>(null);
  const toggle = () => {
    if (report) setReport(null);
    else policies.report(b.id).then(setReport, (e) => setError(failed(e)));
  };
  return (
    <li>
      {t("policyTested", { season: seasonName(b.season, l), n: count(b.households, l), who: b.actor })}{" "}
      <button type="button" class="link" aria-expanded={report !== null} onClick={toggle}>
        {t(report ? "policyHide" : "policyShow")}
      </button>
      {error !== null && <p class="alert">{tell(error)}</p>}
      {report && <Result r={report} />}
    </li>
  );
}

const rows: [word: Word, of: (t: Total) => string][] = [
  ["policyOffered", (x) => money(x.line_fen, lang.value, currency.value)],
  ["policyApprovedRate", (x) => percent(x.approval_rate, lang.value, 1)],
  ["policyReferred", (x) => count(x.referred, lang.value)],
  ["expectedLoss", (x) => money(x.expected_loss_fen, lang.value, currency.value)],
];

function Result({ r }: { r: Report }) {
  const l = lang.value;
  return (
    <>
      <p>{t("policyMoved", { gain: count(r.gain, l), lose: count(r.lose, l), same: count(r.same, l) })}</p>
      {r.warnings.map((w) => (
        <p key={w.en} class="alert">
          {l === "zh" ? w.zh : w.en}
        </p>
      ))}
      <table class="grid">
        <thead>
          <tr>
            <td />
            <th scope="col" class="num">
              {t("policyNow")}
            </th>
            <th scope="col" class="num">
              {t("policyThen")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([word, of]) => (
            <tr key={word}>
              <th scope="row">{t(word)}</th>
              <td class="num">{of(r.before)}</td>
              <td class="num">{of(r.after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {r.rules.length > 0 && (
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{t("policyRule")}</th>
              <th scope="col" class="num">
                {t("policyHits")}
              </th>
            </tr>
          </thead>
          <tbody>
            {r.rules.map((x) => (
              <tr key={x.name}>
                <th scope="row">{x.name}</th>
                <td class="num">{count(x.count, l)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
