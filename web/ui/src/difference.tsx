import { useEffect, useState } from "preact/hooks";
import { batch, type Difference, type Group, type Mover, type RunCard } from "./api-runs";
import { Choice } from "./header";
import { PagedList, usePages } from "./list";
import { count, money } from "./numbers";
import { Reason } from "./reason";
import { account, currency, failed, follow, go, lang, t, tell, villageOf } from "./state";
import type { Word } from "./words";

type Kind = "all" | "up" | "down" | "new" | "gone";
const kinds: [value: Kind, word: Word][] = [
  ["all", "moversAll"],
  ["up", "diffUp"],
  ["down", "diffDown"],
  ["new", "diffNew"],
  ["gone", "diffGone"],
];
const why: Record<Group, Word> = {
  area_match: "why_area_match",
  crop: "why_crop",
  yield: "why_yield",
  price_policy: "why_price_policy",
  finances: "why_finances",
  debts: "why_debts",
  season: "why_season",
};

const signed = (fen: number) =>
  `${fen > 0 ? "+" : fen < 0 ? "−" : ""}${money(Math.abs(fen), lang.value, currency.value)}`;

/** What a run's publication changed, and the way to take it back. */
export function Changed({ card, onError }: { card: RunCard; onError: (e: unknown) => void }) {
  const [d, setDifference] = useState<Difference | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [asking, setAsking] = useState(false);
  const { before, publication } = card;
  useEffect(() => {
    let current = true;
    setDifference(null);
    if (before > 0) {
      batch.difference(publication, before).then(
        (x) => current && setDifference(x),
        (e) => current && setError(failed(e)),
      );
    }
    return () => {
      current = false;
    };
  }, [publication, before]);
  const target = card.in_force ? before : publication;
  const force = async (reason: string) => {
    onError(null);
    try {
      await batch.force(target, reason);
      setAsking(false);
    } catch (e) {
      onError(failed(e));
    }
  };
  const words = t(card.in_force ? "forceBack" : "forceAgain", { n: target });
  return (
    <>
      <section class="block force">
        <h3>{t("force")}</h3>
        <p>
          {t("runPublished", { n: publication })} · {t(card.in_force ? "runInForce" : "runReplaced")}
        </p>
        {account.value?.role === "risk" && target > 0 && !asking && (
          <div class="acts">
            <button type="button" class="button" onClick={() => setAsking(true)}>
              {words}
            </button>
          </div>
        )}
        {asking && (
          <Reason go={words} onGo={(r) => void force(r)} onLeave={() => setAsking(false)}>
            <p>{t("forceHelp")}</p>
          </Reason>
        )}
      </section>
      <section class="block difference">
        <h3>{t("diff")}</h3>
        {before === 0 && <p class="dim">{t("diffNone")}</p>}
        {error !== null && (
          <p class="alert" role="alert">
            {tell(error)}
          </p>
        )}
        {d && <Sums d={d} />}
      </section>
      {d && <Movers d={d} />}
    </>
  );
}

function Sums({ d }: { d: Difference }) {
  const l = lang.value;
  const households = (n: number) => t("householdsN", { n: count(n, l) });
  return (
    <>
      <p class="dim">{t("diffFrom", { a: d.before, b: d.after })}</p>
      <dl class="moves">
        <div>
          <dt>{t("diffUp")}</dt>
          <dd class="up" data-fen={d.up_fen}>
            ▲ {households(d.up)} · {signed(d.up_fen)}
          </dd>
        </div>
        <div>
          <dt>{t("diffDown")}</dt>
          <dd class="down" data-fen={d.down_fen}>
            ▼ {households(d.down)} · {signed(d.down_fen)}
          </dd>
        </div>
        <div>
          <dt>{t("diffSame")}</dt>
          <dd>{households(d.same)}</dd>
        </div>
        <div>
          <dt>{t("diffNew")}</dt>
          <dd>{households(d.new)}</dd>
        </div>
        <div>
          <dt>{t("diffGone")}</dt>
          <dd>{households(d.gone)}</dd>
        </div>
        <div>
          <dt>{t("diffTotal")}</dt>
          <dd>
            {money(d.before_fen, l, currency.value)} → {money(d.after_fen, l, currency.value)}
          </dd>
        </div>
      </dl>
      <p>{t("diffReferred", { a: count(d.referred, l), b: count(d.unreferred, l) })}</p>
    </>
  );
}

function Movers({ d }: { d: Difference }) {
  const [village, setVillage] = useState("");
  const [find, setFind] = useState("");
  const [kind, setKind] = useState<Kind>("all");
  const pages = usePages(
    (cursor) => batch.movers(d.after, { before: d.before, village, q: find, move: kind === "all" ? "" : kind, cursor }),
    [d.after, d.before, village, find, kind],
    () => undefined,
  );
  return (
    <section class="block movers">
      <h3>{t("movers")}</h3>
      <Choice
        name="states"
        label={t("moversMove")}
        value={kind}
        options={kinds.map(([value, word]) => [value, t(word)])}
        onChange={setKind}
      />
      <div class="run-filters">
        <label>
          {t("village")}
          <select value={village} onChange={(e) => setVillage(e.currentTarget.value)}>
            <option value="">{t("allVillages")}</option>
            {d.villages.map((v) => (
              <option key={v.code} value={v.code}>
                {t("villageMoved", { code: villageOf(v.code), n: v.moved })}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("moversFind")}
          <input
            type="search"
            name="household"
            maxLength={64}
            value={find}
            onInput={(e) => setFind(e.currentTarget.value.trim())}
          />
        </label>
      </div>
      <PagedList
        pages={pages}
        none="moversNone"
        row={(m) => <MoverRow key={m.household_id} m={m} publication={m.move === "gone" ? d.before : d.after} />}
      />
    </section>
  );
}

function MoverRow({ m, publication }: { m: Mover; publication: number }) {
  const l = lang.value;
  const sum = (fen: number | null) => (fen === null ? "—" : money(fen, l, currency.value));
  const parts = m.parts.filter((x) => x.fen !== 0).sort((a, b) => Math.abs(b.fen) - Math.abs(a.fen));
  return (
    <li class="mover">
      <span>
        <a
          href={`/h/${m.household_id}`}
          onClick={(e) => {
            e.preventDefault();
            follow(publication);
            go({ kind: "household", id: m.household_id });
          }}
        >
          {m.household || m.household_id}
        </a>{" "}
        <span class="code">{m.household_id}</span>
        {m.referred_after && !m.referred_before && <em class="flag">{t("nowReferred")}</em>}
      </span>
      <span>
        {sum(m.before_fen)} → {sum(m.after_fen)}{" "}
        <b class={m.change_fen > 0 ? "up" : "down"}>
          {m.change_fen > 0 ? "▲" : "▼"} {signed(m.change_fen)}
        </b>
      </span>
      <span class="dim small">
        {m.strongest && t("whyMost", { x: t(why[m.strongest]) })}
        {parts.length > 0 && ` · ${parts.map((x) => `${t(why[x.group])} ${signed(x.fen)}`).join(" · ")}`}
        {m.note === "not_kept" && t("why_not_kept")}
        {m.note === "not_explained" && t("why_not_explained")}
        {m.move === "new" && t("diffNew")}
        {m.move === "gone" && t("diffGone")}
      </span>
    </li>
  );
}
