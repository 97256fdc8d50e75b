import { useEffect, useState } from "preact/hooks";
import { api } from "./api";
import { Problem } from "./client";
import { LangSwitch, Mark } from "./header";
import { account, failure, t, tell } from "./state";

export function SignIn() {
  const [busy, setBusy] = useState(false);
  const [provider, setProvider] = useState("");
  useEffect(() => {
    const refused = new URLSearchParams(location.search).get("refused"); // by the way through the provider
    if (refused) {
      failure.value = new Problem(refused, 401);
      history.replaceState(null, "", location.pathname);
    }
    api.ways().then(
      (w) => setProvider(w.provider),
      () => undefined, // the password is a way
    );
  }, []);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    failure.value = null;
    try {
      account.value = await api.signIn(String(form.get("name")), String(form.get("password")));
    } catch (error) {
      failure.value = error instanceof Problem ? error : new Problem("internal", 0);
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="door">
      <form class="card-form" onSubmit={submit}>
        <div class="brand">
          <Mark />
          <h1>{t("app")}</h1>
        </div>
        <p class="dim">{t("tagline")}</p>
        <label>
          {t("name")}
          <input name="name" autocomplete="username" required maxLength={200} />
        </label>
        <label>
          {t("password")}
          <input name="password" type="password" autocomplete="current-password" required maxLength={1024} />
        </label>
        {failure.value !== null && (
          <p class="alert" role="alert">
            {tell(failure.value)}
          </p>
        )}
        <button type="submit" class="button main" disabled={busy}>
          {busy ? t("signingIn") : t("signIn")}
        </button>
        {provider && (
          <a
            class="button wide provider"
            href={`/v1/session/oidc?${new URLSearchParams({ back_to: location.pathname })}`}
          >
            {t("signOn", { x: provider })}
          </a>
        )}
        <p class="dim small">{t("signInHelp")}</p>
        <LangSwitch />
      </form>
    </main>
  );
}
