// What a harvest may bring and what that hangs on.
import { axe, base, desktop, facts, must, open, phone, shot, signIn } from "../browser.mjs";

const household = facts.lent.at(-1);

export default {
  "a card shows how the harvest's cash is spread, and what that hangs on": async () => {
    for (const [name, viewport, dark, language] of [
      ["zh-light", desktop, false, "中文"],
      ["zh-phone-dark", phone, true, "中文"],
      ["en-dark", desktop, true, "EN"],
    ]) {
      const { context, page, seen } = await open({ viewport, dark });
      await signIn(page, facts.officer, `/h/${household}`);
      await page.waitForSelector("article h2");
      await page.click(`.top button:has-text("${language}")`);
      await page.locator('article button[aria-expanded="false"]').first().focus();
      await page.keyboard.press("Enter");
      await page.waitForSelector(".outlook svg .bin");
      const told = await page.evaluate(
        async (path) => (await fetch(path)).json(),
        `${base}/v1/publications/${facts.publication}/households/${household}/outlook`,
      );
      must((await page.locator(".outlook .bin").count()) === told.counts.length, "bars are missing");
      const drives = told.spread.filter((d) => d.narrower >= 0.005);
      const shown = await page.locator(".drives b").allInnerTexts();
      must(
        drives.length > 0 && shown.join() === drives.map((d) => `−${Math.round(d.narrower * 100)}%`).join(),
        `the page says ${shown}, the API ${JSON.stringify(drives)}`,
      );
      await page.locator(".outlook").scrollIntoViewIfNeeded();
      await shot(page, `outlook-${name}`);
      await page.click(".outlook .button");
      must((await page.locator(".outlook tbody tr").count()) === told.counts.length, "rows are missing");
      await axe(page, `outlook ${name}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      must(wide <= viewport.width, `the page is ${wide} pixels wide`);
      must(seen.errors.length === 0, `errors: ${seen.errors}`);
      await context.close();
    }
  },
};
