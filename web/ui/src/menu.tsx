import { useEffect, useRef } from "preact/hooks";
import { dateOf } from "./numbers";
import { account, addressOf, go, lang, type Route, route, t } from "./state";
import { viewsOf } from "./views";

/** The day of business, where it isn't the clock's. */
export function Today() {
  const day = account.value?.today;
  if (!day) return null;
  return (
    <span class="today" title={t("todayHelp")}>
      {t("today", { d: dateOf(day, lang.value) })}
    </span>
  );
}

/** The way to the views beside the map, by the account's role. */
export function Menu() {
  const box = useRef<HTMLDetailsElement>(null);
  const here = route.value;
  useEffect(() => {
    const close = (e: Event) => {
      const inside = e.target instanceof Node && box.current?.contains(e.target);
      if (box.current && (e instanceof KeyboardEvent ? e.key === "Escape" : !inside)) box.current.open = false;
    };
    addEventListener("click", close);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("click", close);
      removeEventListener("keydown", close);
    };
  }, []);
  const list = viewsOf(account.value?.role);
  if (list.length === 0) return null;
  return (
    <details class="menu" ref={box}>
      <summary class="button">{t("menu")}</summary>
      <nav aria-label={t("menu")}>
        <Today />
        {list.map((v) => {
          const to: Route = { kind: "view", name: v.name };
          return (
            <a
              key={v.name}
              href={addressOf(to)}
              aria-current={here.kind === "view" && here.name === v.name ? "page" : undefined}
              onClick={(e) => {
                e.preventDefault();
                if (box.current) box.current.open = false;
                go(to);
              }}
            >
              {t(v.word)}
            </a>
          );
        })}
      </nav>
    </details>
  );
}
