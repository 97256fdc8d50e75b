// A farmer's boundary is wrong: an officer proposes, an approver decides, and
// what was published stays as it was.
import { axe, base, desktop, facts, must, open, phone, shot, textOf } from "../browser.mjs";

const evidence = "现场丈量：东边田埂外移约十米，有照片。";
const outline = (page) =>
  page.evaluate(
    async (path) => (await fetch(path)).json(),
    `${base}/v1/publications/${facts.publication}/parcels/${facts.parcel.id}/outline`,
  );
const drawn = (page) => page.waitForSelector(".dispute-map .canvas[data-rests]", { timeout: 40000 });

async function narrow(page, what) {
  const wide = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll(".panel, .panel > *, .disputes .block")].some(
      (e) => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > innerWidth + 1,
    ),
  );
  must(!wide, `${what}: the page scrolls sideways`);
}

/** Looks at an address as an account does, in light, dark and on a phone. */
async function looked(name, path, shown, account) {
  for (const [as, viewport, dark] of [
    ["zh-light", desktop, false],
    ["zh-dark", desktop, true],
    ["zh-phone-dark", phone, true],
  ]) {
    const { context, page, seen } = await open({ viewport, dark });
    await enter(page, account, path);
    await page.waitForSelector(shown);
    if (shown.startsWith(".dispute-map")) await drawn(page);
    await axe(page, `${name} ${as}`);
    await narrow(page, `${name} ${as}`);
    await shot(page, `${name}-${as}`);
    must(seen.errors.length === 0 && seen.away.length === 0, `${seen.errors} ${seen.away}`);
    await context.close();
  }
}

async function enter(page, account, path) {
  await page.goto(base + path);
  await page.fill('input[name="name"]', account);
  await page.fill('input[name="password"]', facts.password);
  await page.click('button[type="submit"]');
}

export default {
  "a disputed boundary is proposed, decided by another, and the publication keeps its shape": async () => {
    const officer = await open();
    let { page } = officer;
    await enter(page, "surveyor", `/p/${facts.parcel.id}`);
    await page.click('button:has-text("提出异议")');
    await drawn(page);
    const before = await outline(page);
    const area = page.locator("form [role=status] b");
    const was = await area.innerText();
    // The second corner by the keyboard, ten metres to the east, once again by one.
    const corner = page.locator(".corners .nudge").nth(1);
    await corner.focus();
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("ArrowRight");
    must((await area.innerText()) !== was, "the area does not follow the corner");
    // The third by the hand.
    const third = page.locator(".corner").nth(2);
    await page.locator(".dispute-map").scrollIntoViewIfNeeded();
    await page.locator(".kinds").scrollIntoViewIfNeeded();
    const box = await third.boundingBox();
    const east = page.locator(".corners tr:nth-child(3) input").first();
    const stood = Number(await east.inputValue());
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 12, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    must(Number(await east.inputValue()) > stood, "the corner does not follow the hand");
    await axe(page, "raise a dispute");
    await shot(page, "dispute-raise-zh-light");
    // What crosses itself is refused, with what to do.
    const far = page.locator(".corners input").first();
    const kept = await far.inputValue();
    await far.fill(String(Number(kept) + 1));
    await far.blur();
    await page.fill('textarea[name="evidence"]', evidence);
    await page.click('button[type="submit"]');
    await page.waitForSelector(".disputes [role=alert]");
    await far.fill(kept);
    await far.blur();
    await page.click('button[type="submit"]');
    await page.waitForSelector(".flag.open");
    const address = new URL(page.url()).pathname;
    must(/^\/disputes\/\d+$/.test(address), `the dispute is at ${address}`);
    must((await page.locator('button:has-text("采纳")').count()) === 0, "its author may decide");
    await officer.context.close();

    await looked("dispute", address, ".dispute-map .canvas", "reviewer");

    const approver = await open();
    page = approver.page;
    await enter(page, "reviewer", "/disputes");
    await page.click(`.opens button:has-text("${facts.parcel.id}")`);
    await drawn(page);
    must((await textOf(page)).includes(evidence), "the evidence is not shown");
    await page.fill('textarea[name="reason"]', "照片与影像一致");
    await page.click('.button.main:has-text("采纳")');
    await page.waitForSelector(".flag.accepted");
    must((await textOf(page)).includes("本次发布仍显示原边界"), "it does not say what becomes of it");
    await page.click('button:has-text("查看地块")');
    await page.waitForSelector("h2");
    const after = await outline(page);
    must(JSON.stringify(after) === JSON.stringify(before), "the publication shows another shape");
    must(approver.seen.errors.length === 0, `${approver.seen.errors}`);
    await approver.context.close();
    await looked("disputes", "/disputes", ".disputes h2", "surveyor");
    await looked("dispute-raise", `/disputes/of-${facts.struck.id}`, ".dispute-map .canvas", "surveyor");
  },
};
