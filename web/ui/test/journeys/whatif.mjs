// A what-if moves the line that is tried and leaves the one that is stored.
import { axe, base, desktop, facts, must, open, phone, shot, signIn, textOf } from "../browser.mjs";

const household = facts.lent.at(-1);
const lineOf = (page, at) => page.locator(`${at} .amount strong`).first().innerText();

export default {
  "a what-if changes line and reasons, the stored decision stays": async () => {
    for (const [name, viewport, dark] of [
      ["light", desktop, false],
      ["dark", desktop, true],
      ["phone-dark", phone, true],
    ]) {
      const { context, page, seen } = await open({ viewport, dark });
      await signIn(page, facts.officer, `/h/${household}`);
      await page.waitForSelector("article h2");
      const stored = await lineOf(page, "article > .block");
      await page.click("text=试算：");
      await page.waitForSelector(".whatif .line");
      must((await lineOf(page, ".whatif")) === stored, "an unchanged case has another line");
      must((await textOf(page)).includes("与已发布额度相同"), "it isn't said that nothing changes");
      await page.fill('.whatif input[name="debt_due_fen"]', "5000");
      await page.waitForFunction(
        (was) => document.querySelector(".whatif .amount strong")?.textContent !== was,
        stored,
      );
      must((await textOf(page)).includes("比已发布的"), "the difference isn't told");
      must((await textOf(page)).includes("不具约束力"), "it isn't said that nobody is bound");
      await axe(page, `what-if ${name}`);
      await page.locator(".whatif").scrollIntoViewIfNeeded();
      await shot(page, `whatif-zh-${name}`);
      const card = await page.evaluate(
        async (path) => (await fetch(path)).json(),
        `${base}/v1/publications/${facts.publication}/households/${household}`,
      );
      must((await lineOf(page, "article > .block")) === stored, "the published line on the page has moved");
      must(
        stored.replace(/\D/g, "") === String(card.decision.line_fen / 100),
        `the card says ${card.decision.line_fen} fen, the page ${stored}`,
      );
      must(seen.errors.length === 0, `errors: ${seen.errors}`);
      await context.close();
    }
  },
};
