import { useEffect, useState } from "preact/hooks";
import "./access.css";
import { access, type Session } from "./api-access";
import { Problem } from "./client";
import { account, failed, lang, start, t, tell } from "./state";
import { isWord } from "./words";

export const roleName = (role: string) => (isWord(`role_${role}`) ? t(`role_${role}` as "role_officer") : role);
export const countyNames = (list: string[]) =>
  list.length === 0 ? t("noCounties") : list.map((c) => (c === "" ? t("allCounties") : c)).join(" · ");
export const momentOf = (iso: string) =>
  new Date(iso).toLocaleString(lang.value === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });

/** The form for a new password; `forced` where nothing else goes on before. */
export function PasswordForm({ forced, onDone }: { forced?: boolean; onDone?: () => void }) {
  const [error, setError] = useState<unknown>(null);
  const [differs, setDiffers] = useState(false);
  const [done, setDone] = useState(false);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const typed = new FormData(form);
    const [current, fresh, again] = ["current", "new", "again"].map((n) => String(typed.get(n)));
    setError(null);
    setDone(false);
    setDiffers(fresh !== again);
    if (fresh !== again) return;
    setBusy(true);
    try {
      await access.changePassword(current ?? "", fresh ?? "");
      form.reset();
      setDone(true);
      onDone?.();
    } catch (e) {
      setError(failed(e));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="closing access" onSubmit={submit}>
      {forced && <p class="notice">{t("mustChange")}</p>}
      <input
        class="unseen"
        name="username"
        autocomplete="username"
        value={account.value?.name}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <label>
        {t("passwordNow")}
        <input name="current" type="password" autocomplete="current-password" required maxLength={1024} />
      </label>
      <label>
        {t("passwordNew")}
        <input name="new" type="password" autocomplete="new-password" required minLength={10} maxLength={1024} />
      </label>
      <label>
        {t("passwordAgain")}
        <input name="again" type="password" autocomplete="new-password" required minLength={10} maxLength={1024} />
      </label>
      <p class="dim small">{t("passwordHelp")}</p>
      {(differs || error !== null) && (
        <p class="alert" role="alert">
          {differs ? t("passwordDiffers") : tell(error)}
        </p>
      )}
      {done && <p role="status">{t("passwordChanged")}</p>}
      <button type="submit" class="button main" disabled={busy}>
        {t("changePassword")}
      </button>
    </form>
  );
}

export default function AccountView() {
  const a = account.value;
  const [list, setList] = useState<Session[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = () =>
    access.sessions().then(setList, (e) => {
      setError(failed(e));
    });
  useEffect(() => void read(), []);
  const end = async (id: number) => {
    try {
      await access.endSession(id);
    } catch (e) {
      if (!(e instanceof Problem && e.status === 404)) setError(failed(e));
    }
    await read();
  };
  if (!a) return null;
  if (a.must_change) {
    return (
      <section class="block">
        <h2>{t("changePassword")}</h2>
        <PasswordForm forced onDone={() => void start()} />
      </section>
    );
  }
  return (
    <article>
      <section class="block">
        <h2>{t("myAccount")}</h2>
        <dl class="figures facts">
          <div>
            <dt>{t("name")}</dt>
            <dd>{a.name}</dd>
          </div>
          <div>
            <dt>{t("role")}</dt>
            <dd>{roleName(a.role)}</dd>
          </div>
          <div>
            <dt>{t("counties")}</dt>
            <dd>{countyNames(a.counties)}</dd>
          </div>
        </dl>
      </section>
      <section class="block">
        <h3>{t("changePassword")}</h3>
        {a.via === "oidc" ? <p>{t("passwordElsewhere")}</p> : <PasswordForm onDone={() => void read()} />}
      </section>
      <section class="block">
        <h3>{t("sessions")}</h3>
        {error !== null && (
          <p class="alert" role="alert">
            {tell(error)}
          </p>
        )}
        <ul class="cards">
          {list?.map((s) => (
            <li key={s.id}>
              <p>
                <b>{s.agent || s.address}</b> {s.current && <em class="flag">{t("thisDevice")}</em>}
              </p>
              <p class="dim small">
                {t("signedInAt")} {momentOf(s.created_at)} · {t("lastUsed")} {momentOf(s.seen_at)} · {s.address}
              </p>
              {!s.current && (
                <button type="button" class="button" onClick={() => void end(s.id)}>
                  {t("endSession")}
                </button>
              )}
            </li>
          ))}
        </ul>
      </section>
    </article>
  );
}
