import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import { Answered, useAnswer } from "./answer";
import { api, type HouseholdCard, type Parcel } from "./api";
import { Applying } from "./apply";
import { cropColour, cropName, unknownColour } from "./crops";
import { Line, Why } from "./decision";
import { area, count, yieldOf, yieldUnit } from "./numbers";
import { flight, go, lang, origin, outlined, publication, type Route, route, t, unit, villageOf } from "./state";
import type { Word } from "./words";

const backTo: Record<Route["kind"], Word> = {
  list: "back",
  alerts: "backToAlerts",
  applications: "backToApplications",
  household: "back",
  view: "back",
  parcel: "back",
  application: "back",
};

/** Leads from a card to the list that it was opened from, and from there to the households. */
export function Back() {
  const to: Route = "id" in route.value ? origin.value : { kind: "list" };
  return (
    <button type="button" class="back" onClick={() => go(to)}>
      ← {t(backTo[to.kind])}
    </button>
  );
}

/** A card that was opened by a link or the search takes the focus, so that reading goes on there. */
export function settle(heading: HTMLElement | null) {
  if (!document.activeElement?.closest(".map")) heading?.focus({ preventScroll: true });
}

export function HouseholdPanel({ id }: { id: string }) {
  const p = publication.value?.id ?? 0;
  const card = useAnswer(
    () => api.household(p, id),
    [p, id],
    (c) => {
      outlined.value = c.parcel_list.map((x) => x.id);
      if (c.bounds) flight.value = { bounds: c.bounds };
    },
  );
  return (
    <article>
      <Back />
      <Answered of={card}>{(c) => <Card card={c} />}</Answered>
    </article>
  );
}

function Card({ card }: { card: HouseholdCard }) {
  const l = lang.value;
  return (
    <>
      <section class="block">
        <p class="kicker">{t("household")}</p>
        <h2 tabIndex={-1} ref={settle}>
          {card.display_name}
        </h2>
        <p class="code">{card.id}</p>
        <p class="dim">
          {t("parcelsN", { n: count(card.parcels, l) })} · {area(card.area_m2, l, unit.value)} {t(unit.value)} ·{" "}
          {t("village")} {villageOf(card.village)}
        </p>
        {card.decision ? <Line d={card.decision} /> : <p class="dim">{t("noScores")}</p>}
      </section>
      {card.decision && <Why d={card.decision} />}
      {card.decision && <Opening card={card} load={loadOutlook} open="outlook" close="outlookClose" />}
      {card.decision && <Opening card={card} load={loadWhatIf} open="whatIf" close="whatIfClose" />}
      {card.decision && <Applying card={card} />}
      <section class="block">
        <h3>{t("parcelList")}</h3>
        <table class="grid">
          <thead>
            <tr>
              <th scope="col">{t("parcel")}</th>
              <th scope="col">{t("crop")}</th>
              <th scope="col" class="num">
                {t("area")} ({t(unit.value)})
              </th>
              <th scope="col" class="num">
                {t("yield")} ({yieldUnit(l, unit.value)})
              </th>
            </tr>
          </thead>
          <tbody>
            {card.parcel_list.map((x) => (
              <ParcelRow key={x.id} x={x} />
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

const loadWhatIf = () => import("./whatif");
const loadOutlook = () => import("./outlook");

interface OpeningProps {
  card: HouseholdCard;
  load: () => Promise<{ default: ComponentType<{ card: HouseholdCard }> }>;
  open: Word;
  close: Word;
}

/** The way to a part of the card whose code is read when somebody asks for it. */
function Opening({ card, load, open, close }: OpeningProps) {
  const [Shown, setShown] = useState<ComponentType<{ card: HouseholdCard }> | null>(null);
  const [error, setError] = useState(false);
  const toggle = () => {
    setError(false);
    if (Shown) setShown(null);
    else
      load().then(
        (m) => setShown(() => m.default),
        () => setError(true),
      );
  };
  return (
    <section class="block">
      <button type="button" class="button" aria-expanded={Shown !== null} onClick={toggle}>
        {t(Shown ? close : open)}
      </button>
      {error && (
        <p class="alert" role="alert">
          {t("err_offline")}
        </p>
      )}
      {Shown && <Shown card={card} />}
    </section>
  );
}

function ParcelRow({ x }: { x: Parcel }) {
  const l = lang.value;
  return (
    <tr>
      <th scope="row">
        <a
          href={`/p/${x.id}`}
          onClick={(e) => {
            e.preventDefault();
            go({ kind: "parcel", id: x.id });
          }}
        >
          {x.name || x.id.slice(-5)}
        </a>
        <span class="code">{x.id}</span>
      </th>
      <td>
        <i class="dot" style={{ background: x.abstained ? unknownColour : cropColour(x.crop) }} />
        {x.abstained || !x.crop ? t("unknownCrop") : cropName(x.crop, l)}
      </td>
      <td class="num">{area(x.area_m2, l, unit.value)}</td>
      <td class="num">{x.yield_p50 === null ? "—" : yieldOf(x.yield_p50, l, unit.value)}</td>
    </tr>
  );
}
