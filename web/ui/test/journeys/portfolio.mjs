// A season's lines added up, as the API tells them.
import { axe, base, desktop, facts, must, open, phone, shot, signIn, textOf } from "../browser.mjs";

export default {
  "the portfolio says what the API says, and a village leads to its place": async () => {
    for (const [name, viewport, dark] of [
      ["zh-light", desktop, false],
      ["zh-dark", desktop, true],
      ["zh-phone-light", phone, false],
      ["zh-phone-dark", phone, true],
    ]) {
      const { context, page, seen } = await open({ viewport, dark });
      await signIn(page);
      await page.click(".menu summary");
      await page.click('.menu a[href="/portfolio"]');
      await page.waitForSelector(".harvests svg");
      const told = await page.evaluate(
        async (path) => (await fetch(path)).json(),
        `${base}/v1/publications/${facts.publication}/portfolio`,
      );
      must(told.exposures > 5, `${told.exposures} exposures show nothing`);
      const figures = await page.locator(".figures").innerText();
      must(
        figures.includes(`${told.exposures} 户`),
        `${told.exposures} households with a line, the page says ${figures}`,
      );
      await axe(page, `portfolio ${name}`);
      await shot(page, `portfolio-${name}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      must(!wide, `${name}: the page scrolls sideways`);
      await page.click('button:has-text("看表格")');
      const rows = await page.locator(".block >> nth=1 >> tbody tr").count();
      must(rows === told.loss_rate_by_bin.length, `${rows} rows for ${told.loss_rate_by_bin.length} harvests`);
      const village = await page.locator(".link").first().innerText();
      await page.fill(".find", village);
      must((await page.locator(".link").count()) === 1, "the filter leaves other villages");
      await page.click(`tr:has-text("${village}") a`);
      await page.waitForSelector(".rows .row");
      must(new URL(page.url()).pathname === "/", `the list is at ${page.url()}`);
      must((await textOf(page)).includes(village), "the list isn't the village's");
      must(seen.errors.length === 0 && seen.away.length === 0, `${seen.errors} ${seen.away}`);
      await context.close();
    }
  },
};
