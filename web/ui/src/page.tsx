import { useEffect } from "preact/hooks";
import { AlertsPanel } from "./alerts";
import { ApplicationsPanel } from "./applications";
import { CountyPanel } from "./county";
import { Header } from "./header";
import { HouseholdPanel } from "./household";
import { MapPane } from "./mappane";
import { Notice } from "./notice";
import { ParcelPanel } from "./parcel";
import { Search } from "./search";
import { SignIn } from "./signin";
import { account, failure, offline, publication, publications, type Route, route, start, t, tell } from "./state";
import { ViewPane } from "./viewpane";
import { viewsOf } from "./views";

const application = { load: () => import("./application") };

export function Page() {
  if (account.value === undefined) return failure.value ? <Unreachable /> : <p class="wait">{t("loading")}</p>;
  if (account.value === null) return <SignIn />;
  if (account.value.must_change) return <NewPassword />;
  return (
    <div class="frame">
      <Header />
      <Notice />
      {offline.value && (
        <p class="offline" role="status">
          {t("offlineNote")}
        </p>
      )}
      {open(route.value) ?? (publication.value ? <Desk /> : <Nothing />)}
    </div>
  );
}

/** Nothing else is answered before somebody has a password of their own. */
function NewPassword() {
  const view = viewsOf(account.value?.role).find((v) => v.name === "account");
  return (
    <div class="frame">
      <Header />
      <main class="alone">{view && <ViewPane view={view} id="password" />}</main>
    </div>
  );
}

/** The page came from this device, the server does not answer: nothing is shown that it alone may tell. */
function Unreachable() {
  return (
    <main class="alone">
      <h1>{t("offlineTitle")}</h1>
      <p role="alert">{t("offlineWhy")}</p>
      <button type="button" class="button main" onClick={() => void start()}>
        {t("retry")}
      </button>
    </main>
  );
}

/** The view that the address names, if the account may open it. */
function open(r: Route) {
  const view = r.kind === "view" && viewsOf(account.value?.role).find((v) => v.name === r.name);
  if (!view) return null;
  return (
    <div class={view.map ? "desk" : "desk wide"}>
      {view.map && <Search />}
      <main class="panel" aria-label={t(view.word)}>
        <ViewPane view={view} id={r.id} />
      </main>
      {view.map && <MapPane />}
    </div>
  );
}

function Nothing() {
  if (failure.value) {
    return (
      <main class="alone">
        <p role="alert">{tell(failure.value)}</p>
        <button type="button" class="button" onClick={() => void start()}>
          {t("retry")}
        </button>
      </main>
    );
  }
  if (publications.value === null) return <p class="wait">{t("loading")}</p>;
  return (
    <main class="alone">
      <h1>{t("nothing")}</h1>
      <p>{t("nothingNext")}</p>
    </main>
  );
}

function Desk() {
  const r = route.value;
  useEffect(() => {
    document.querySelector(".panel")?.scrollTo(0, 0);
  }, [r]);
  return (
    <div class="desk">
      <Search />
      <main class="panel" aria-label={t(r.kind === "alerts" || r.kind === "applications" ? r.kind : "list")}>
        {(r.kind === "list" || r.kind === "view") && <CountyPanel />}
        {r.kind === "alerts" && <AlertsPanel />}
        {r.kind === "applications" && <ApplicationsPanel />}
        {r.kind === "application" && <ViewPane key={r.id} view={application} id={r.id} />}
        {r.kind === "household" && <HouseholdPanel key={r.id} id={r.id} />}
        {r.kind === "parcel" && <ParcelPanel key={r.id} id={r.id} />}
      </main>
      <MapPane />
    </div>
  );
}
