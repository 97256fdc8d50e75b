import { link, news } from "./live";
import { account, choose, follow, t } from "./state";

/** What came while somebody looked at something else, and whether what is shown is still live. */
export function Notice() {
  const n = news.value;
  const lost = link.value === "lost" && account.value;
  return (
    <div class="tidings" role="status">
      {lost && (
        <p class="lost">
          <span class="pulse" aria-hidden="true" />
          {t("liveLost")}
        </p>
      )}
      {n && (
        <p>
          <span>{t(n.shown ? "newsShown" : "newsWaiting", { n: n.now.id })}</span>
          <button
            type="button"
            class="button"
            onClick={() => {
              news.value = null;
              if (n.shown) follow(n.before.id);
              else choose(n.now.id);
            }}
          >
            {t(n.shown ? "newsBack" : "newsShow")}
          </button>
          <button
            type="button"
            class="button plain"
            onClick={() => {
              news.value = null;
            }}
          >
            {t("newsDismiss")}
          </button>
        </p>
      )}
    </div>
  );
}
