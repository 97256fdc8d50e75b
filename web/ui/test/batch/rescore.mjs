// A season is scored again from the page by a real worker on a real queue.
// Facts: cmd/parus/page_test.go, which serves the page as parusd does.
import { axe, base, facts, must, open, shot, signIn } from "../browser.mjs";

const told = async (path) => (await fetch(facts.control + path)).json();
const until = async (path, good) => {
  for (const end = Date.now() + 240_000; Date.now() < end; await new Promise((r) => setTimeout(r, 100))) {
    const state = await told(path);
    if (good(state)) return state;
  }
  throw new Error(`${path} never comes to what is waited for: ${JSON.stringify(await told(path))}`);
};

export default {
  "planned, confirmed, watched across a lost connection to its end, and compared": async () => {
    const { context, page, seen } = await open();
    page.setDefaultTimeout(120_000);
    await signIn(page, "chief");
    await page.goto(`${base}/runs`);
    await page.click('.ordering button:has-text("先看估算")');
    await page.waitForSelector(".ordering .plan");
    const plan = await page.innerText(".ordering");
    must(/共 3 个任务/.test(plan), `a new policy decides, watches and publishes: ${plan}`);
    must(plan.includes("秒") && plan.includes("沿用"), `the plan tells no time, or keeps nothing: ${plan}`);
    await shot(page, "rescore-plan-zh-light");
    await axe(page, "plan");
    await page.click('.ordering button[type="submit"]');
    must(await page.isVisible(".ordering .reason"), "it starts without a reason");
    const before = (await told("/run")).id;
    await page.fill('.ordering textarea[name="reason"]', "新政策今日生效");
    const sent = page.waitForResponse((r) => r.url().includes("/moves"));
    await page.click('.ordering button[type="submit"]');
    must((await sent).ok(), "the order is refused");
    await context.setOffline(true);
    await page.waitForSelector(".tidings .lost");
    const run = await until("/run", (r) => r.id > before && r.state === "done");
    must(!page.url().includes(`/runs/${run.id}`), "the page knew without a connection");
    await context.setOffline(false);
    await page.waitForURL(`**/runs/${run.id}`);
    await page.waitForFunction(() => document.querySelector(".overall .share")?.textContent === "100%");
    await page.waitForSelector(".overall .flag.run-done");
    await page.waitForSelector(".tidings .lost", { state: "detached" });
    await page.waitForSelector('.history li:has-text("新政策今日生效")');
    must((await page.innerText(".history")).includes("chief (risk)"), "who asked for it is not told");

    await page.waitForSelector(".difference .moves");
    const sql = await told("/difference");
    const shown = async (kind) => ({
      fen: Number(await page.getAttribute(`.moves dd.${kind}`, "data-fen")),
      words: await page.innerText(`.moves dd.${kind}`),
    });
    for (const kind of ["up", "down"]) {
      const s = await shown(kind);
      must(
        s.fen === sql[`${kind}_fen`] && s.words.includes(` ${sql[kind]} 户`),
        `${kind}: the page says ${JSON.stringify(s)}, the database ${JSON.stringify(sql)}`,
      );
    }
    must(sql.down > 0 && sql.down_fen < 0, `the stricter policy cuts nothing: ${JSON.stringify(sql)}`);
    await page.waitForSelector(".mover");
    const top = await page.locator(".mover").first().innerText();
    must(top.includes(sql.largest) && top.includes("主要因为"), `the largest move is of ${sql.largest}: ${top}`);
    must(top.includes("价格与政策"), `only the policy changed: ${top}`);
    await page.locator(".difference").scrollIntoViewIfNeeded();
    await shot(page, "rescore-difference-zh-light");
    await axe(page, "difference");
    await page.locator(".mover a").first().click();
    await page.waitForSelector("article h2");
    must(page.url().endsWith(`/h/${sql.largest}`), page.url());
    const errors = seen.errors.filter((e) => !/ERR_INTERNET_DISCONNECTED/.test(e));
    must(seen.away.length === 0 && errors.length === 0, `${seen.away} ${errors}`);
    await context.close();
  },
};
