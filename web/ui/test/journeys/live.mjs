// What is live: a new release under an open map, and a run that is watched.
// Facts: web/live_journey_test.go, whose control server does what workers do.
import { axe, base, facts, must, open, phone, resting, shot, signIn, textOf } from "../browser.mjs";

const { control, run, household, publication } = facts.live;
const step = async (name) => {
  const answer = await fetch(`${control}/${name}`);
  must(answer.ok, `${name}: ${await answer.clone().text()}`);
  return Number(await answer.text());
};
const clean = (seen) => must(seen.away.length === 0 && seen.errors.length === 0, `${seen.away} ${seen.errors}`);
const sideways = async (page, where) => {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  must(wide <= 0, `${where} is ${wide} pixels too wide`);
};
const words = async (page, where) => {
  const raw = (await textOf(page)).match(/\b(?:err_\w+|st_\w+|run_\w+|R\d\d_[A-Z_]+|undefined|NaN|\[object)\b/);
  must(!raw, `${where} shows ${raw}`);
};

export default {
  "a run is watched live, across a lost connection, and its failures are found": async () => {
    const { context, page, seen } = await open();
    await signIn(page, "chief");
    await page.click(".menu summary");
    await page.click('.menu a[href="/runs"]');
    await page.waitForSelector(`.rows a[href="/runs/${run}"]`);
    await page.fill('input[name="find"]', String(run));
    await page.waitForFunction(() => document.querySelectorAll(".rows .row").length === 1);
    await page.click('.ordering button:has-text("先看估算")');
    await page.waitForSelector('.ordering [role="alert"]:has-text("正在测算")');
    await shot(page, "runs-zh-light");
    await axe(page, "runs");
    await words(page, "runs");
    await page.click(`.rows a[href="/runs/${run}"]`);
    await page.waitForSelector(".overall .share");
    const share = async () => Number((await page.innerText(".overall .share")).replace("%", ""));
    const before = await share();
    await step("advance");
    await page.waitForFunction(
      (b) => Number(document.querySelector(".share").textContent.replace("%", "")) > b,
      before,
    );
    must((await page.innerText(".overall")).includes("约剩"), "the time left is not told");
    await page.waitForSelector('.items .item:has-text("the file ends early")');
    await shot(page, "run-zh-light");
    await axe(page, "run");

    await context.setOffline(true);
    await page.waitForSelector(".tidings .lost");
    await shot(page, "run-lost-zh-light");
    await axe(page, "run without a connection");
    const stuck = await share();
    await step("advance");
    await context.setOffline(false);
    await page.waitForFunction((b) => Number(document.querySelector(".share").textContent.replace("%", "")) > b, stuck);
    await page.waitForSelector(".tidings .lost", { state: "detached" });

    await page.fill('.items input[name="item"]', "block 9");
    await page.waitForFunction(() => document.querySelectorAll(".items .item").length === 1);
    await page.click('.items button:has-text("重试这一项")');
    await page.fill('.items textarea[name="reason"]', "存储已恢复");
    await page.click('.items button[type="submit"]');
    await page.waitForSelector('.items [role="status"]:has-text("1 项")');
    await page.waitForSelector('.history:has-text("存储已恢复")');
    await page.click('.orders button:has-text("暂停")');
    await page.click('.orders button[type="submit"]');
    must(await page.isVisible(".orders .reason"), "it pauses without a reason");
    await page.fill('.orders textarea[name="reason"]', "核对价格表");
    await page.click('.orders button[type="submit"]');
    await page.waitForSelector(".overall .flag.run-paused");
    await page.waitForSelector('.history li:has-text("chief (risk)")');
    await page.click('.orders button:has-text("继续")');
    await page.fill('.orders textarea[name="reason"]', "价格表无误");
    await page.click('.orders button[type="submit"]');
    await page.waitForSelector(".overall .flag.run-running");
    await words(page, "run");
    seen.errors = seen.errors.filter((e) => !/ERR_INTERNET_DISCONNECTED|409/.test(e)); // that was the test
    clean(seen);
    await context.close();
  },

  "a new release shows on an open map without a reload, and is compared and taken back": async () => {
    const { context, page, seen } = await open();
    const tiles = [];
    page.on("request", (r) => r.url().includes("/tiles/") && tiles.push(r.url()));
    await signIn(page, "watcher", `/h/${household}`);
    await page.waitForSelector("article h2");
    const view = await resting(page);
    await page.evaluate(() => {
      window.stayed = true;
    });
    const risk = await open();
    await signIn(risk.page, "chief", "/");
    const first = await page.locator(".top .season").inputValue();
    must(Number(first) === publication, `shown is ${first}`);
    const id = await step("publish");
    await page.waitForSelector(`.tidings:has-text("第 ${id} 版")`);
    await page.waitForFunction((n) => document.querySelector(".top .season").value === String(n), id);
    await page.waitForFunction((n) => document.querySelector("article h2") && n, id);
    const again = await resting(page);
    must(await page.evaluate(() => window.stayed === true), "the page was loaded again");
    must(
      tiles.some((u) => u.includes(`/tiles/${id}/parcels/`)),
      "no tile of the new release",
    );
    must(Math.abs(again.zoom - view.zoom) < 0.01, "the map jumps to another place");
    await shot(page, "news-zh-light");
    await axe(page, "news");
    clean(seen);

    // Somebody who looks at an older release on purpose stays there and is told.
    await page.click('.tidings button:has-text("看上一版")');
    await page.waitForFunction((n) => document.querySelector(".top .season").value === n, first);
    const chief = risk.page;
    await chief.waitForSelector(".tidings");
    await chief.goto(`${base}/runs/${run}`);
    await chief.waitForSelector(".difference .moves");
    await chief.waitForSelector(".mover");
    const api = await chief.evaluate(
      async ([a, b]) => (await fetch(`/v1/publications/${a}/difference?before=${b}`)).json(),
      [id, publication],
    );
    must(api.up > 0 && api.down > 0 && api.up_fen > 0 && api.down_fen < 0, JSON.stringify(api));
    must(
      Number(await chief.getAttribute(".moves dd.up", "data-fen")) === api.up_fen &&
        (await chief.innerText(".moves dd.down")).includes(`${api.down} 户`),
      "the page and the API differ",
    );
    await chief.locator(".movers select").selectOption({ index: 1 });
    await chief.waitForFunction(() => document.querySelectorAll(".mover").length > 0);
    await chief.locator(".difference").scrollIntoViewIfNeeded();
    await shot(chief, "run-difference-zh-light");
    await axe(chief, "difference");
    await chief.click('.force button:has-text("撤回")');
    await chief.fill('.force textarea[name="reason"]', "价格有误，先恢复上一版");
    await shot(chief, "run-rollback-zh-light");
    await chief.click('.force button[type="submit"]');
    await chief.waitForSelector('.force:has-text("已被其他版本取代")');
    await page.waitForFunction((n) => document.querySelector(".top .season").value === n, first);
    const options = await page.locator(".top .season option:checked").innerText();
    must(!options.includes("旧"), `after the rollback the first release counts as ${options}`);
    clean(risk.seen);
    await risk.context.close();
    await context.close();
  },

  "runs on a phone, in the dark and in English": async () => {
    const { context, page } = await open({ viewport: phone, dark: true, args: { hasTouch: true } });
    await signIn(page, "chief");
    await page.goto(`${base}/runs`);
    await page.waitForSelector(".rows .row");
    await shot(page, "runs-zh-phone-dark");
    await axe(page, "runs on a phone in the dark");
    await sideways(page, "the list");
    await page.goto(`${base}/runs/${run}`);
    await page.waitForSelector(".mover");
    await shot(page, "run-zh-phone-dark");
    await page.locator(".movers").scrollIntoViewIfNeeded();
    await shot(page, "run-movers-zh-phone-dark");
    await axe(page, "a run on a phone in the dark");
    await sideways(page, "a run");
    await context.close();
    const wide = await open();
    await signIn(wide.page, "chief");
    await wide.page.click('.top button:has-text("EN")');
    await wide.page.goto(`${base}/runs/${run}`);
    await wide.page.waitForSelector(".mover");
    const names = (await wide.page.locator(".movers option").allInnerTexts()).map((o) => o.split(" ")[0]);
    must(names.includes(facts.villageName), `the villages are ${names}`);
    const told = [facts.live.county, ...names].reduce(
      (all, n) => all.replaceAll(n, ""),
      await wide.page.innerText("article"),
    );
    const left = told.match(/[一-鿿]{3,}/g);
    must(!left || left.every((w) => /恢复|无误|核对|价格/.test(w)), `in English it says ${left}`);
    await shot(wide.page, "run-en-light");
    await words(wide.page, "a run in English");
    await wide.context.close();
  },

  "an officer finds no runs": async () => {
    const { context, page } = await open();
    await signIn(page, "watcher", "/runs");
    must((await page.locator('.menu a[href="/runs"]').count()) === 0, "an officer has the view");
    must((await page.locator(".run-view").count()) === 0, "an officer sees runs");
    await context.close();
  },
};
