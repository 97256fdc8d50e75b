import { AlertsButton } from "./alerts";
import { api } from "./api";
import { ApplicationsButton } from "./applications";
import { seasonName } from "./crops";
import { Menu, Today } from "./menu";
import { account, choose, dark, failure, lang, publication, publications, setDark, t, unit } from "./state";

export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="7" fill="#1f6b4a" />
    <path d="M5 22 12 10l7 12z" fill="#cfe5c4" />
    <path d="M13 22 20 8l7 14z" fill="#f2c14e" />
  </svg>
);

interface ChoiceProps<T extends string> {
  name: string;
  label: string;
  value: T;
  options: [value: T, text: string][];
  onChange: (value: T) => void;
}

/** A row of buttons of which one is pressed. */
export function Choice<T extends string>({ name, label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <fieldset class={`choice ${name}`}>
      <legend class="unseen">{label}</legend>
      {options.map(([v, text]) => (
        <button key={v} type="button" aria-pressed={v === value} onClick={() => onChange(v)}>
          {text}
        </button>
      ))}
    </fieldset>
  );
}

export const LangSwitch = () => (
  <Choice
    name="langs"
    label="语言 / Language"
    value={lang.value}
    options={[
      ["zh", "中文"],
      ["en", "EN"],
    ]}
    onChange={(v) => {
      lang.value = v;
    }}
  />
);

async function leave() {
  const through = account.value?.via === "oidc";
  const ways = through ? await api.ways().catch(() => null) : null;
  await api.signOut().catch(() => undefined);
  failure.value = null;
  account.value = null;
  if (ways?.leave) location.assign(ways.leave); // of the provider too
}

export function Header() {
  return (
    <header class="top">
      <div class="brand">
        <Mark />
        <h1>{t("app")}</h1>
      </div>
      {publications.value && publications.value.length > 0 && (
        <select
          class="season"
          aria-label={t("countySeason")}
          value={publication.value?.id}
          onChange={(e) => choose(Number(e.currentTarget.value))}
        >
          {publications.value.map((p) => (
            <option key={p.id} value={p.id}>
              {`${p.county_name} · ${seasonName(p.season, lang.value)}${p.in_force ? "" : t("older")}`}
            </option>
          ))}
        </select>
      )}
      <Today />
      <span class="push" />
      {publication.value && account.value?.role !== "partner" && (
        <>
          <ApplicationsButton />
          <AlertsButton />
        </>
      )}
      <Menu />
      <Choice
        name="units"
        label={t("units")}
        value={unit.value}
        options={[
          ["mu", t("mu")],
          ["ha", t("ha")],
        ]}
        onChange={(v) => {
          unit.value = v;
        }}
      />
      <LangSwitch />
      <button
        type="button"
        class="button plain theme"
        aria-label={dark.value ? t("toLight") : t("toDark")}
        onClick={() => setDark(!dark.value)}
      >
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.6" />
          <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
        </svg>
      </button>
      <button type="button" class="button plain out" onClick={() => void leave()}>
        <span class="who">{account.value?.name}</span>
        {t("signOut")}
      </button>
    </header>
  );
}
