import { Answered, useAnswer } from "./answer";
import { type Account, api, type CountyBand, type ParcelCard } from "./api";

import { cropColour, cropName, whyUnknown } from "./crops";
import { CurveSection } from "./curve";
import { Line, Why } from "./decision";
import { Back, settle } from "./household";
import { Interval } from "./interval";
import { area, chance, yieldOf, yieldUnit } from "./numbers";
import { account, flight, go, lang, outlined, publication, t, unit } from "./state";
import { Trouble } from "./trouble";

export function ParcelPanel({ id }: { id: string }) {
  const p = publication.value?.id ?? 0;
  const card = useAnswer(
    () => {
      outlined.value = [id];
      return api.parcel(p, id);
    },
    [p, id],
    (c) => {
      if (c.bounds) flight.value = { bounds: c.bounds };
    },
  );
  const crop = card.got && (card.got.abstained ? "" : card.got.crop);
  const band = useAnswer(async () => (crop === null ? null : api.band(p, crop)), [p, crop]); // the curve is useful without
  return (
    <article>
      <Back />
      <Answered of={card}>{(c) => <Card card={c} band={band.got} />}</Answered>
    </article>
  );
}

function Card({ card, band }: { card: ParcelCard; band: CountyBand | null }) {
  const l = lang.value;
  const owner = card.household;
  return (
    <>
      <section class="block">
        <p class="kicker">{t("parcel")}</p>
        <h2 tabIndex={-1} ref={settle}>
          {card.name || card.id}
        </h2>
        <p class="code">{card.id}</p>
        <dl class="facts">
          <div>
            <dt>{t("area")}</dt>
            <dd>
              {area(card.area_m2, l, unit.value)} {t(unit.value)}
            </dd>
          </div>
          <div>
            <dt>{t("match")}</dt>
            <dd>{card.match_p === null ? "—" : chance(card.match_p, l)}</dd>
          </div>
          <div>
            <dt>{t("observations")}</dt>
            <dd>{t("times", { n: card.observations })}</dd>
          </div>
        </dl>
        {owner && (
          <p>
            {t("ofHousehold")}{" "}
            <a
              href={`/h/${owner.id}`}
              onClick={(e) => {
                e.preventDefault();
                go({ kind: "household", id: owner.id });
              }}
            >
              {owner.display_name} <span class="code">{owner.id}</span>
            </a>
          </p>
        )}
        {card.decision && <Line d={card.decision} />}
        {raises(account.value?.role) && (
          <button
            type="button"
            class="button"
            onClick={() => go({ kind: "view", name: "disputes", id: `of-${card.id}` })}
          >
            {t("disputeRaise")}
          </button>
        )}
      </section>
      {account.value?.role !== "partner" && <Trouble parcel={card.id} />}
      <CropSection card={card} />
      <YieldSection card={card} />
      <HazardSection card={card} />
      <CurveSection curve={card.curve} band={band} />
      {card.decision && <Why d={card.decision} />}
    </>
  );
}

/** Who proposes corrections; the server decides anyway. */
const raises = (role: Account["role"] | undefined) => role === "officer" || role === "partner";

const confident = 0.8;

/** How sure the crop is, as a picture and a word. */
function Confidence({ card }: { card: ParcelCard }) {
  const p = card.crop_p ?? 0;
  const level = card.abstained ? "unsure" : p >= confident ? "sure" : "fairly";
  return (
    <span class={`confidence ${level}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="1.6" />
        {level === "sure" && <circle cx="8" cy="8" r="4" fill="currentColor" />}
        {level === "fairly" && <path d="M8 4a4 4 0 0 1 0 8z" fill="currentColor" />}
      </svg>
      {t(level)}
    </span>
  );
}

function CropSection({ card }: { card: ParcelCard }) {
  const l = lang.value;
  return (
    <section class="block">
      <h3>
        {t("cropTop")} <Confidence card={card} />
      </h3>
      {card.abstained ? (
        <p>
          {whyUnknown(card.reason, l)} {t("unsureHelp")}
        </p>
      ) : (
        <p class="dim">{t("cropHelp")}</p>
      )}
      <ul class="shares">
        {card.posterior.map((s) => (
          <li key={s.crop}>
            <span>{cropName(s.crop, l)}</span>
            <span class="track" aria-hidden="true">
              <i style={{ width: `${s.p * 100}%`, background: cropColour(s.crop) }} />
            </span>
            <b>{chance(s.p, l)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What befell the parcel this season, with dates and evidence. */
function HazardSection({ card }: { card: ParcelCard }) {
  if (card.hazards.length === 0) return null;
  return (
    <section class="block">
      <h3>{t("hazards")}</h3>
      <ul>
        {card.hazards.map((h) => (
          <li key={`${h.kind} ${h.from}`}>{lang.value === "zh" ? h.zh : h.en}</li>
        ))}
      </ul>
    </section>
  );
}

function YieldSection({ card }: { card: ParcelCard }) {
  const l = lang.value;
  const { yield_p10: p10, yield_p50: p50, yield_p90: p90 } = card;
  if (p10 === null || p50 === null || p90 === null) {
    return (
      <section class="block">
        <h3>{t("yield")}</h3>
        <p class="dim">{t("noYield")}</p>
      </section>
    );
  }
  return (
    <section class="block">
      <h3>
        {t("yield")} <span class="dim">{yieldUnit(l, unit.value)}</span>
      </h3>
      <Interval low={p10} mid={p50} high={p90} show={(v) => yieldOf(v, l, unit.value)} />
      <p class="dim small">{t("yieldHelp")}</p>
    </section>
  );
}
