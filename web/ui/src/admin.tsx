import { useEffect, useState } from "preact/hooks";
import "./access.css";
import { countyNames, momentOf, roleName } from "./account";
import { type AccountCard, access, type Token } from "./api-access";
import { account, failed, t, tell } from "./state";
import { isWord } from "./words";

const roles: AccountCard["role"][] = ["officer", "partner", "risk", "approver", "auditor", "admin"];
const tokenRoles: Token["role"][] = ["officer", "partner", "risk", "auditor"];
const operations: Token["operations"] = ["read", "applications", "alerts", "people"];
const opName = (o: string) => (isWord(`op_${o}`) ? t(`op_${o}` as "op_read") : o);
const prefixes = (typed: string) =>
  typed
    .split(/[\s,，]+/)
    .filter((c) => c)
    .map((c) => (c === "*" ? "" : c));
const typed = (counties: string[]) => counties.map((c) => (c === "" ? "*" : c)).join(" ");

/** A secret that is never shown again. */
function Once({ title, secret, onDone }: { title: string; secret: string; onDone: () => void }) {
  const [copied, setCopied] = useState(false);
  return (
    <div class="once" role="status">
      <h4>{title}</h4>
      <p>{t("shownOnce")}</p>
      <code class="secret">{secret}</code>
      <div class="acts">
        <button
          type="button"
          class="button"
          onClick={() =>
            void navigator.clipboard?.writeText(secret).then(
              () => setCopied(true),
              () => undefined,
            )
          }
        >
          {copied ? t("copied") : t("copy")}
        </button>
        <button type="button" class="button main" onClick={onDone}>
          {t("done")}
        </button>
      </div>
    </div>
  );
}

interface FieldsProps {
  of: string[];
  role?: string;
  counties?: string;
}

function RoleAndCounties({ of, role, counties }: FieldsProps) {
  return (
    <>
      <label>
        {t("role")}
        <select name="role" required>
          {of.map((r) => (
            <option key={r} value={r} selected={r === role}>
              {roleName(r)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("counties")}
        <input name="counties" required maxLength={400} value={counties} />
      </label>
      <p class="dim small">{t("countiesHelp")}</p>
    </>
  );
}

interface FormProps {
  label: string;
  send: (form: FormData) => Promise<void>;
  onCancel: () => void;
  // biome-ignore lint/suspicious/noExplicitAny: what JSX takes as children
  children: any;
}

function Form({ label, send, onCancel, children }: FormProps) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await send(new FormData(event.currentTarget as HTMLFormElement));
    } catch (e) {
      setError(failed(e));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="closing access" onSubmit={submit}>
      {children}
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      <div class="acts">
        <button type="submit" class="button main" disabled={busy}>
          {label}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          {t("cancel")}
        </button>
      </div>
    </form>
  );
}

function AccountRow({ a, reread, show }: { a: AccountCard; reread: () => void; show: (secret: string) => void }) {
  const [editing, setEditing] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const does = (what: Promise<unknown>) =>
    what.then(reread, (e) => {
      setError(failed(e));
    });
  const own = a.name === account.value?.name;
  return (
    <li data-account={a.name}>
      <p>
        <b>{a.name}</b> · {roleName(a.role)} · {countyNames(a.counties)}{" "}
        <em class={`flag ${a.disabled_at ? "withdrawn" : "approved"}`}>{a.disabled_at ? t("disabled") : t("inUse")}</em>{" "}
        {a.must_change && <em class="flag">{t("mustChangeFlag")}</em>}{" "}
        {a.subject && <em class="flag">{t("byProvider")}</em>}
      </p>
      <p class="dim small">
        {a.signed_in_at ? t("lastIn", { x: momentOf(a.signed_in_at) }) : t("neverIn")} ·{" "}
        {t("sessionsN", { n: a.sessions })}
      </p>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {editing && (
        <Form
          label={t("save")}
          onCancel={() => setEditing(false)}
          send={async (f) => {
            await access.changeAccount(a.id, {
              role: f.get("role") as AccountCard["role"],
              counties: prefixes(String(f.get("counties"))),
            });
            setEditing(false);
            reread();
          }}
        >
          <RoleAndCounties of={roles} role={a.role} counties={typed(a.counties)} />
        </Form>
      )}
      {!own && !editing && (
        <div class="acts">
          {!a.managed && (
            <button type="button" class="button" onClick={() => setEditing(true)}>
              {t("edit")}
              <span class="unseen"> {a.name}</span>
            </button>
          )}
          {!a.subject && (
            <button
              type="button"
              class="button"
              onClick={() => void does(access.resetPassword(a.id).then((r) => show(r.password)))}
            >
              {t("resetPassword")}
              <span class="unseen"> {a.name}</span>
            </button>
          )}
          {a.sessions > 0 && (
            <button type="button" class="button" onClick={() => void does(access.endSessions(a.id))}>
              {t("endAll")}
              <span class="unseen"> {a.name}</span>
            </button>
          )}
          <button
            type="button"
            class="button"
            onClick={() => {
              if (a.disabled_at || confirm(t("confirmDisable", { x: a.name })))
                void does(access.changeAccount(a.id, { disabled: !a.disabled_at }));
            }}
          >
            {a.disabled_at ? t("enable") : t("disable")}
            <span class="unseen"> {a.name}</span>
          </button>
        </div>
      )}
    </li>
  );
}

function Accounts() {
  const [list, setList] = useState<AccountCard[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [adding, setAdding] = useState(false);
  const [once, setOnce] = useState<{ name: string; password: string } | null>(null);
  const read = () =>
    void access.accounts().then(setList, (e) => {
      setError(failed(e));
    });
  useEffect(read, []);
  return (
    <section class="block">
      <h3>{t("accounts")}</h3>
      {once && <Once title={t("passwordOf", { x: once.name })} secret={once.password} onDone={() => setOnce(null)} />}
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {list === null && error === null && <p class="wait">{t("loading")}</p>}
      {adding ? (
        <Form
          label={t("create")}
          onCancel={() => setAdding(false)}
          send={async (f) => {
            const name = String(f.get("name")).trim();
            const subject = String(f.get("subject")).trim();
            const made = await access.addAccount({
              name,
              role: f.get("role") as AccountCard["role"],
              counties: prefixes(String(f.get("counties"))),
              ...(subject ? { subject } : {}),
            });
            setAdding(false);
            if (made.password) setOnce({ name, password: made.password });
            read();
          }}
        >
          <label>
            {t("accountName")}
            <input name="name" required maxLength={60} autocomplete="off" />
          </label>
          <RoleAndCounties of={roles} />
          <label>
            {t("subject")}
            <input name="subject" maxLength={255} autocomplete="off" />
          </label>
        </Form>
      ) : (
        <button type="button" class="button main add" onClick={() => setAdding(true)}>
          {t("addAccount")}
        </button>
      )}
      <ul class="cards accounts">
        {list?.map((a) => (
          <AccountRow key={a.id} a={a} reread={read} show={(password) => setOnce({ name: a.name, password })} />
        ))}
      </ul>
    </section>
  );
}

function TokenRow({ x, reread }: { x: Token; reread: () => void }) {
  const [error, setError] = useState<unknown>(null);
  const over = x.state === "in_force" ? "" : t(x.state);
  return (
    <li data-token={x.name}>
      <p>
        <b class="code">token:{x.name}</b> · {roleName(x.role)} · {countyNames(x.counties)}{" "}
        <em class={`flag ${over ? "withdrawn" : "approved"}`}>{over || t("inUse")}</em>
      </p>
      <p class="dim small">
        {x.operations.map(opName).join(" · ")} · {t("expiresOn")} {momentOf(x.expires_at)} ·{" "}
        {x.last_used_at ? `${t("lastUsed")} ${momentOf(x.last_used_at)}` : t("neverUsed")} · {x.created_by}
      </p>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {!over && (
        <button
          type="button"
          class="button"
          onClick={() => {
            if (confirm(t("confirmRevoke", { x: x.name })))
              void access.revokeToken(x.id).then(reread, (e) => {
                setError(failed(e));
              });
          }}
        >
          {t("revoke")}
          <span class="unseen"> {x.name}</span>
        </button>
      )}
    </li>
  );
}

function Tokens() {
  const [list, setList] = useState<Token[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [adding, setAdding] = useState(false);
  const [once, setOnce] = useState<{ name: string; secret: string } | null>(null);
  const read = () =>
    void access.tokens().then(setList, (e) => {
      setError(failed(e));
    });
  useEffect(read, []);
  return (
    <section class="block">
      <h3>{t("tokens")}</h3>
      <p class="dim">{t("tokensHelp")}</p>
      {once && <Once title={t("tokenOf", { x: once.name })} secret={once.secret} onDone={() => setOnce(null)} />}
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {adding ? (
        <Form
          label={t("create")}
          onCancel={() => setAdding(false)}
          send={async (f) => {
            const name = String(f.get("name"));
            const made = await access.addToken({
              name,
              role: f.get("role") as Token["role"],
              counties: prefixes(String(f.get("counties"))),
              operations: operations.filter((o) => f.get(o)),
              expires_at: new Date(`${f.get("expires")}T00:00:00`).toISOString(),
            });
            setAdding(false);
            setOnce({ name, secret: made.secret });
            read();
          }}
        >
          <label>
            {t("tokenName")}
            <input name="name" required pattern="[a-z0-9\-]{1,40}" autocomplete="off" />
          </label>
          <RoleAndCounties of={tokenRoles} />
          <fieldset class="ticks-of">
            <legend>{t("operations")}</legend>
            {operations.map((o) => (
              <label key={o} class="tick">
                <input type="checkbox" name={o} checked={o === "read"} />
                {opName(o)}
              </label>
            ))}
          </fieldset>
          <label>
            {t("expiresOn")}
            <input name="expires" type="date" required />
          </label>
        </Form>
      ) : (
        <button type="button" class="button main add" onClick={() => setAdding(true)}>
          {t("addToken")}
        </button>
      )}
      {list?.length === 0 && <p>{t("noTokens")}</p>}
      <ul class="cards tokens">
        {list?.map((x) => (
          <TokenRow key={x.id} x={x} reread={read} />
        ))}
      </ul>
    </section>
  );
}

export default function AdminView() {
  return (
    <article>
      <section class="block">
        <h2>{t("admin")}</h2>
        <p class="dim">{t("adminHelp")}</p>
      </section>
      <Accounts />
      <Tokens />
    </article>
  );
}
