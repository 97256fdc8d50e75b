// A county's data partner hands in the registry; a worker stands by.
// Facts: cmd/parus/upload_test.go.
import { axe, base, facts, must, open, phone, resting, shot, textOf } from "../browser.mjs";

const given = facts.upload;

/** Signs in on the view itself: nothing is published yet, so there is no search. */
async function enter(page, path = "/upload") {
  await page.goto(base + path);
  await page.fill('input[name="name"]', facts.partner);
  await page.fill('input[name="password"]', facts.password);
  await page.click('button[type="submit"]');
  await page.waitForSelector(".upload h2");
}

const sideways = async (page, where) => {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  must(wide <= page.viewportSize().width, `${where} is ${wide} pixels wide`);
};

export default {
  "a hand-over in GBK, cut midway, goes on by itself and after a reload": async () => {
    const { context, page, seen } = await open();
    await enter(page);
    await shot(page, "upload-start-zh-light");
    await axe(page, "the start");
    let cut = 0;
    const offsets = [];
    await page.route("**/v1/uploads/*", async (route) => {
      const r = route.request();
      if (r.method() !== "PATCH") return route.continue();
      const at = Number(r.headers()["upload-offset"]);
      if (at > 0 && cut > 0) return route.abort("connectionreset");
      offsets.push(at);
      return route.continue();
    });
    cut = 1;
    await page.setInputFiles('.drop input[type="file"]', given.file);
    await page.waitForSelector('.sending .notice:has-text("自动继续")');
    must(!(await textOf(page)).includes("没有接收"), "a lost line is called a refusal");
    await shot(page, "upload-lost-zh-light");
    await axe(page, "a lost line");
    await page.click('.sending button:has-text("暂停")');
    await page.waitForSelector('.sending .notice:has-text("已暂停")');
    // The page is closed and opened again: the file has to be chosen once more, its bytes have not.
    await page.reload();
    await page.waitForSelector(".unfinished");
    await shot(page, "upload-unfinished-zh-light");
    cut = 0;
    const before = offsets.length;
    await page.setInputFiles('.drop input[type="file"]', given.file);
    await page.waitForURL(/\/upload\/[\w-]{22}$/);
    must(
      offsets.slice(before).every((at) => at > 0),
      `it began anew: ${offsets}`,
    );
    await page.waitForSelector(".report", { timeout: 120000 });
    must(seen.away.length === 0, `requests left the host: ${seen.away}`);
    await context.close();
  },

  "the hand-over's names are intact and all seeded defects are listed, on the map too": async () => {
    const { context, page, seen } = await open();
    await enter(page);
    await page.click('.rows .row:has-text("待确认")');
    await page.waitForSelector(".report .rows .row");
    await resting(page);
    await shot(page, "upload-report-zh-light");
    await axe(page, "the report");
    const id = new URL(page.url()).pathname.split("/").pop();
    const got = await page.evaluate(async (u) => {
      const csv = await (await fetch(`/v1/uploads/${u}/defects.csv`)).text();
      const report = await (await fetch(`/v1/uploads/${u}/report.json`)).json();
      const shapes = await (await fetch(`/v1/uploads/${u}/defects.geojson`)).json();
      const card = await (await fetch(`/v1/uploads/${u}`)).json();
      return { csv: csv.split("\r\n").length + csv.split("\n").length, report, placed: shapes.features.length, card };
    }, id);
    const found = new Set(got.report.defects.flatMap((d) => d.key.split("|").map((k) => d.code + k)));
    const counts = Object.fromEntries(got.card.kinds.map((k) => [k.code, k.count]));
    for (const [code, layer, key] of given.planted) {
      must(
        found.has(code + key) || found.has(code + layer) || (layer === "*" && counts[code] > 0),
        `planted ${code} ${key} is not listed`,
      );
    }
    must(got.placed > 0 && got.placed === got.card.placed, `${got.placed} shapes of ${got.card.placed}`);
    const kinds = await page.locator(".kinds li").count();
    must(kinds === got.card.kinds.length, `${kinds} kinds are shown of ${got.card.kinds.length}`);
    must(!/\b[A-Z]+_[A-Z_]+\b/.test(await page.innerText(".kinds")), "a kind is shown by its code");
    await page.click(".found > summary");
    const words = await page.innerText(".found");
    must(
      words.includes("GB18030") && /读作：[^�]*[一-鿿]{2}/.test(words),
      `the encoding's samples: ${words.slice(0, 400)}`,
    );
    await page.locator(".found").scrollIntoViewIfNeeded();
    await shot(page, "upload-found-zh-light");
    await axe(page, "what was found");
    await page.click('.kinds button:has-text("地块重叠")');
    await page.waitForFunction(() => !document.querySelector(".report .rows .row:not(.defect)"));
    const first = page.locator(".report .rows .row.defect").first();
    await first.scrollIntoViewIfNeeded();
    await first.focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".row.defect.picked");
    const view = await resting(page);
    must(view.zoom > 14, `the map stays at zoom ${view.zoom}`);
    await shot(page, "upload-defect-zh-light");
    must(seen.away.length === 0 && seen.errors.length === 0, `${seen.away} ${seen.errors}`);
    await context.close();
  },

  "a hand-over is read in another way, then confirmed and becomes the release": async () => {
    const { context, page, seen } = await open();
    await enter(page);
    await page.click('.rows .row:has-text("待确认")');
    await page.waitForSelector(".report .rows .row");
    await page.click(".found > summary");
    await page.check('input[name="encoding"][value="GB18030"]');
    await page.click('.found button:has-text("重新检查")');
    await page.waitForSelector('.history li:has-text("encoding GB18030")');
    await page.waitForSelector(".report .rows .row", { timeout: 120000 });
    await page.click('button:has-text("确认入库")');
    await page.waitForSelector(".confirm");
    await shot(page, "upload-commit-zh-light");
    await axe(page, "the confirmation");
    await page.click('.confirm button:has-text("确认，成为现行版本")');
    await page.waitForSelector(".notice.good", { timeout: 120000 });
    const words = await page.innerText(".notice.good");
    must(words.includes("号登记版本") && words.includes("接下来"), words);
    await page.locator("h2").scrollIntoViewIfNeeded();
    await shot(page, "upload-done-zh-light");
    await axe(page, "the release");
    const history = await page.innerText(".history");
    for (const w of [facts.partner, "确认入库", "成为登记版本", "检查完毕"])
      must(history.includes(w), `no ${w} in ${history}`);
    must(seen.errors.length === 0, `${seen.errors}`);
    await context.close();
  },

  "the hand-over on a phone, in the dark and in English": async () => {
    const { context, page } = await open({ viewport: phone, dark: true, args: { hasTouch: true } });
    await enter(page);
    await page.waitForSelector(".rows .row");
    await shot(page, "upload-start-zh-phone-dark");
    await axe(page, "the start on a phone in the dark");
    await sideways(page, "the start");
    await page.click(".rows .row");
    await page.waitForSelector(".report .rows .row");
    await shot(page, "upload-report-zh-phone-dark");
    await axe(page, "the report on a phone in the dark");
    await sideways(page, "the report");
    await page.locator(".kinds").scrollIntoViewIfNeeded();
    await shot(page, "upload-kinds-zh-phone-dark");
    await page.click('.top button:has-text("EN")');
    await page.locator(".kinds").scrollIntoViewIfNeeded();
    const left = (await page.innerText(".report .kinds")).match(/[一-鿿]{2,}/);
    must(!left, `the report says ${left} in English`);
    await shot(page, "upload-report-en-phone-dark");
    await context.close();
    const narrow = await open({ viewport: { width: 360, height: 740 } });
    await enter(narrow.page);
    await narrow.page.click(".rows .row");
    await narrow.page.waitForSelector(".report .rows .row");
    await sideways(narrow.page, "the report at 360 pixels");
    await narrow.context.close();
    const wide = await open();
    await enter(wide.page);
    await wide.page.click('.top button:has-text("EN")');
    await wide.page.waitForSelector(".rows .row");
    await shot(wide.page, "upload-start-en-light");
    await wide.page.click(".rows .row");
    await wide.page.waitForSelector(".report .rows .row");
    await resting(wide.page);
    await shot(wide.page, "upload-report-en-light");
    await axe(wide.page, "the report in English");
    const raw = (await textOf(wide.page)).match(/\b(?:err_\w+|up[A-Z]\w+|df_\w+|undefined|NaN|\[object)\b/);
    must(!raw, `raw key ${raw}`);
    await wide.context.close();
  },
};
