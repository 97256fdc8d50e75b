import { useEffect, useState } from "preact/hooks";
import { type UploadCard, uploads } from "./api-upload";
import { settle } from "./household";
import { count } from "./numbers";
import { failed, go, lang, t, tell } from "./state";
import { letGo, sending } from "./tus";
import { bytes, moment, Progress, stateOf } from "./upload";
import { FoundSection } from "./upload-found";
import { ReportSection } from "./upload-report";
import { isWord, type Word } from "./words";

/** How often a worker's progress is asked for, in milliseconds. */
const every = 1500;

/** One hand-over, from its bytes to the release. */
export function UploadPanel({ id }: { id: string }) {
  const [u, setCard] = useState<UploadCard | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = () =>
    uploads.card(id).then(
      (c) => {
        setCard(c);
        setError(null);
      },
      (e) => setError(failed(e)),
    );
  useEffect(() => void read(), [id]);
  const moving = u === null || ["receiving", "checking", "committing"].includes(u.state);
  useEffect(() => {
    if (!moving) return;
    const timer = setInterval(() => void read(), every);
    return () => clearInterval(timer);
  }, [moving, id]);
  const act = async (what: Promise<UploadCard>) => {
    try {
      setCard(await what);
      setError(null);
    } catch (e) {
      await read();
      setError(failed(e));
    }
  };
  const back = (
    <a
      class="back"
      href="/upload"
      onClick={(e) => {
        e.preventDefault();
        go({ kind: "view", name: "upload" });
      }}
    >
      ← {t("upBack")}
    </a>
  );
  const problem = error !== null && (
    <p class="alert block" role="alert">
      {tell(error)}
    </p>
  );
  if (!u) {
    return (
      <article class="upload">
        {back}
        {problem || <p class="wait">{t("loading")}</p>}
      </article>
    );
  }
  const s = sending.value?.id === id && sending.value.state !== "done" ? sending.value : null;
  return (
    <article class="upload">
      {back}
      <section class="block">
        <h2 tabIndex={-1} ref={settle}>
          {u.name}
        </h2>
        <p class="dim">
          {u.county} · {bytes(u.size)} · {u.by} · {moment(u.created_at)} <em class={`flag ${u.state}`}>{stateOf(u)}</em>
        </p>
        <Steps u={u} />
        {problem}
        {s && <Progress s={s} />}
        {u.state === "receiving" && !s && (
          <p class="notice">{t("upUnfinishedHelp", { name: u.name, p: `${Math.floor((u.got / u.size) * 100)}%` })}</p>
        )}
        {(u.state === "checking" || u.state === "committing") && <Working u={u} />}
        {(u.state === "refused" || u.state === "quarantined") && <Why u={u} />}
        {u.state === "committed" && <Done u={u} />}
      </section>
      {u.state === "checked" && u.rows && (
        <ReportSection u={u}>{u.may.includes("commit") && <Commit u={u} act={act} />}</ReportSection>
      )}
      {u.found && u.state !== "checking" && (
        <FoundSection key={u.round} u={u} check={(c) => void act(uploads.check(u.id, c))} />
      )}
      {u.state !== "checked" && u.rows && u.state !== "checking" && u.state !== "refused" && <ReportSection u={u} />}
      <History u={u} act={act} />
    </article>
  );
}

/** Where it stands, in four steps. */
function Steps({ u }: { u: UploadCard }) {
  const at = { receiving: 0, checking: 1, refused: 1, quarantined: 1, checked: 2, committing: 3, committed: 4 }[
    u.state as string
  ];
  if (at === undefined) return null;
  const words: Word[] = ["upStep1", "upStep2", "upStep3", "upStep4"];
  return (
    <ol class="steps" aria-label={t("upSteps")}>
      {words.map((w, i) => (
        <li key={w} class={i < at ? "past" : i === at ? "now" : ""} aria-current={i === at ? "step" : undefined}>
          <span aria-hidden="true">{i < at ? "✓" : i + 1}</span> {t(w)}
          {i <= at && <span class="unseen">{t(i < at ? "upDone" : "upNow")}</span>}
        </li>
      ))}
    </ol>
  );
}

function Working({ u }: { u: UploadCard }) {
  const step = `upStep_${u.working || u.step === "waiting" ? u.step : "queued"}`;
  return (
    <div class="sending">
      <p role="status">
        <b>{t(isWord(step) ? step : "upStep_queued")}…</b>
      </p>
      <progress aria-label={stateOf(u)} />
      {u.state === "checking" && <p class="dim">{t("upCheckingHelp")}</p>}
    </div>
  );
}

/** Why it can't be read, what to do, and the details for whoever helps. */
function Why({ u }: { u: UploadCard }) {
  const word = `upWhy_${u.why || "failed"}`;
  return (
    <div class="notice" role="status">
      <p>
        <b>{t(isWord(word) ? word : "upWhy_failed")}</b>
      </p>
      {u.reason && (
        <details>
          <summary>{t("upTechnical")}</summary>
          <p class="code">{u.reason}</p>
        </details>
      )}
      {u.may.includes("check") && !u.found && (
        <button
          type="button"
          class="button main"
          onClick={() => void uploads.check(u.id, u.options).then(() => location.reload())}
        >
          {t("upRecheck")}
        </button>
      )}
    </div>
  );
}

/** The last step: what it will change, then yes or no. */
function Commit({ u, act }: { u: UploadCard; act: (what: Promise<UploadCard>) => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  const l = lang.value;
  const usable = (u.rows?.accepted ?? 0) + (u.rows?.corrected ?? 0);
  const lost = u.before ? u.before.parcels - usable : 0;
  if (!asking) {
    return (
      <button type="button" class="button main wide" onClick={() => setAsking(true)}>
        {t("upCommit")}
      </button>
    );
  }
  const n = count(usable, l);
  return (
    <section class="notice confirm" aria-label={t("upCommit")}>
      <p>
        {u.before
          ? t("upCommitAsk", {
              n,
              county: u.county,
              old: t("upOld", { id: u.before.release, n: count(u.before.parcels, l) }),
            })
          : t("upCommitFirst", { n, county: u.county })}
      </p>
      {(u.rows?.quarantined ?? 0) > 0 && <p>{t("upCommitOut", { n: count(u.rows?.quarantined ?? 0, l) })}</p>}
      {u.before && lost > u.before.parcels * 0.05 && <p class="alert">{t("upFewer", { p: count(lost, l) })}</p>}
      <div class="acts">
        <button type="button" class="button main" onClick={() => void act(uploads.commit(u.id, u.round))}>
          {t("upCommitYes")}
        </button>
        <button type="button" class="button tall" onClick={() => setAsking(false)}>
          {t("cancel")}
        </button>
      </div>
    </section>
  );
}

function Done({ u }: { u: UploadCard }) {
  return (
    <div class="notice good" role="status">
      <p>
        <b>{t(u.known ? "upKnown" : "upCommitted", { id: u.release ?? "" })}</b>
      </p>
      {!u.in_force && <p>{t("upNotInForce")}</p>}
      <p>{t("upNext")}</p>
    </div>
  );
}

function History({ u, act }: { u: UploadCard; act: (what: Promise<UploadCard>) => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  return (
    <section class="block">
      <h3>{t("upEvents")}</h3>
      <ul class="history">
        {u.history.map((e, i) => (
          <li key={i}>
            {moment(e.at)} · <b>{e.actor === "parus" ? t("upSystem") : e.actor}</b> {t(`upAct_${e.act}` as Word)}
            {e.act === "check" && e.detail && <span class="code"> {e.detail}</span>}
          </li>
        ))}
      </ul>
      {["checked", "refused", "quarantined"].includes(u.state) && (
        <p class="dim small">{t("upExpires", { at: moment(u.expires_at) })}</p>
      )}
      {u.may.includes("withdraw") && !asking && (
        <button type="button" class="button tall" onClick={() => setAsking(true)}>
          {t("upWithdraw")}
        </button>
      )}
      {asking && (
        <section class="notice confirm" aria-label={t("upWithdraw")}>
          <p>{t("upWithdrawAsk")}</p>
          <div class="acts">
            <button
              type="button"
              class="button main"
              onClick={() => {
                setAsking(false);
                if (sending.value?.id === u.id) letGo();
                void act(uploads.withdraw(u.id).then(() => uploads.card(u.id)));
              }}
            >
              {t("upWithdrawYes")}
            </button>
            <button type="button" class="button tall" onClick={() => setAsking(false)}>
              {t("cancel")}
            </button>
          </div>
        </section>
      )}
    </section>
  );
}
