// Who may see what, who may sign in, and who did what.
import { axe, base, desktop, facts, must, open, phone, shot, signIn, textOf } from "../browser.mjs";

const { access } = facts;
const looks = [
  ["zh-light", desktop, false],
  ["zh-phone-dark", phone, true],
];

/** By the menu, as people go. */
async function toView(page, name) {
  await page.click(".menu summary");
  await page.click(`.menu a[href="/${name}"]`);
}

const fits = async (page, where) =>
  must(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)), `${where} scrolls sideways`);

export default {
  "an officer gets nothing of another county, tiles included": async () => {
    const { context, page } = await open();
    await signIn(page);
    const asked = await page.evaluate(
      async ([paths]) => Promise.all(paths.map(async (p) => [p, (await fetch(p)).status])),
      [
        [
          access.foreignTile,
          `/v1/publications/${access.foreign}/summary`,
          `/v1/publications/${access.foreign}/households`,
          `/tiles/${access.foreign}/parcels.json`,
          `/tiles/${facts.publication}/parcels/${facts.tile}.mvt`,
        ],
      ],
    );
    const own = asked.pop();
    for (const [path, status] of asked) must(status === 404, `${path} answers ${status}`);
    must(own[1] === 200, `the own tile answers ${own[1]}`);
    const list = await page.evaluate(async () =>
      (await (await fetch("/v1/publications")).json()).items.map((p) => p.id),
    );
    must(!list.includes(access.foreign), "the other county is in the list");
    await page.goto(`${base}/admin`);
    await page.waitForSelector(".search input");
    must(!(await page.isVisible('button:has-text("添加账号")')), "an officer manages accounts");
    await context.close();
  },

  "an administrator adds an account whose owner chooses a password, and disables it": async () => {
    const keeper = await open();
    const { page } = keeper;
    page.on("dialog", (d) => d.accept());
    await signIn(page, access.keeper);
    await toView(page, "admin");
    await page.waitForSelector(`[data-account="${access.clerk}"]`);
    await axe(page, "accounts");
    await shot(page, "admin-zh-light");
    await page.click('button:has-text("添加账号")');
    await page.fill('.access input[name="name"]', "xiaozhang");
    await page.fill('.access input[name="counties"]', "370199");
    await axe(page, "new account");
    await page.click('.access button[type="submit"]');
    const password = await page.locator(".secret").innerText();
    must(password.length >= 16, `the first password is ${password}`);
    await shot(page, "admin-once-zh-light");
    await page.click('.once button:has-text("已记下")');
    must(!(await textOf(page)).includes(password), "the password stays on the page");

    const owner = await open({ viewport: phone, dark: true });
    await owner.page.goto(base);
    await owner.page.fill('input[name="name"]', "xiaozhang");
    await owner.page.fill('input[name="password"]', password);
    await owner.page.click('button[type="submit"]');
    await owner.page.waitForSelector('input[name="again"]');
    must((await textOf(owner.page)).includes("请先换成只有您自己知道的密码"), "it isn't said why");
    await axe(owner.page, "forced change");
    await shot(owner.page, "password-zh-phone-dark");
    await owner.page.fill('input[name="current"]', password);
    await owner.page.fill('input[name="new"]', "a sentence of my own");
    await owner.page.fill('input[name="again"]', "a sentence of my own");
    await owner.page.click('button:has-text("修改密码")');
    await owner.page.waitForSelector(".search input");

    await page.click('[data-account="xiaozhang"] button:has-text("停用")');
    await page.waitForSelector('[data-account="xiaozhang"] .flag:has-text("已停用")');
    await owner.page.reload();
    await owner.page.waitForSelector('input[name="password"]');
    await owner.context.close();

    await page.click('button:has-text("新建密钥")');
    await page.fill('.access input[name="name"]', "core-bank");
    await page.fill('.access input[name="counties"]', "370199");
    await page.fill('.access input[name="expires"]', new Date(Date.now() + 60 * 864e5).toISOString().slice(0, 10));
    await page.click('.access button[type="submit"]');
    const token = await page.locator(".secret").innerText();
    const ask = (path) => fetch(base + path, { headers: { Authorization: `Bearer ${token}` } }).then((r) => r.status);
    must((await ask("/v1/publications")) === 200, "the token opens nothing");
    await page.click('.once button:has-text("已记下")');
    await page.click('[data-token="core-bank"] button:has-text("作废")');
    await page.waitForSelector('[data-token="core-bank"] .flag:has-text("已作废")');
    must((await ask("/v1/publications")) === 401, "a revoked token opens something");
    await page.click('.top button:has-text("EN")');
    await shot(page, "admin-en");
    await keeper.context.close();
  },

  "the audit tells who did what on which release and model, to auditors of the county": async () => {
    for (const [name, viewport, dark] of looks) {
      const { context, page, seen } = await open({ viewport, dark });
      await signIn(page, access.auditor);
      await toView(page, "audit");
      await page.waitForSelector(".trail tbody tr");
      await page.selectOption('select[name="kind"]', "application");
      await page.fill('input[name="household"]', access.household);
      await page.click('.filter button[type="submit"]');
      await page.waitForFunction(
        (h) => [...document.querySelectorAll(".trail tbody tr")].every((r) => r.textContent.includes(h)),
        access.household,
      );
      const words = await page.locator(".trail").innerText();
      must(words.includes("提交申请") && words.includes("系统给出额度"), `the trail says ${words}`);
      must(words.includes("engine") && words.includes("登记"), "the trail names no model or release");
      const told = await page.evaluate(
        async (h) => (await (await fetch(`/v1/audit?kind=application&household=${h}`)).json()).items.length,
        access.household,
      );
      must((await page.locator(".trail tbody tr").count()) === told, "page and API differ");
      await axe(page, `audit ${name}`);
      await fits(page, `audit ${name}`);
      await shot(page, `audit-${name}`);
      const [file] = await Promise.all([page.waitForEvent("download"), page.click('a:has-text("导出表格")')]);
      must((await file.suggestedFilename()) === "audit.csv", "no table");
      must(seen.errors.length === 0, `errors: ${seen.errors}`);
      await context.close();
    }
    const { context, page } = await open();
    await signIn(page, access.faraway);
    const n = await page.evaluate(
      async (h) => (await (await fetch(`/v1/audit?household=${h}`)).json()).items.length,
      access.household,
    );
    must(n === 0, `an auditor of another county is told ${n} entries`);
    await context.close();
  },

  "the own account in every look: devices, a wrong password, an ended session": async () => {
    for (const [name, viewport, dark] of [...looks, ["en-light", desktop, false]]) {
      const { context, page } = await open({ viewport, dark });
      await signIn(page, access.clerk);
      if (name === "en-light") await page.click('.top button:has-text("EN")');
      await toView(page, "account");
      await page.waitForSelector(".cards li");
      await axe(page, `account ${name}`);
      await fits(page, `account ${name}`);
      await shot(page, `account-${name}`);
      if (name === "en-light") {
        await page.fill('input[name="current"]', "not the password");
        await page.fill('input[name="new"]', "another sentence");
        await page.fill('input[name="again"]', "another sentence");
        await page.click('.access button[type="submit"]');
        await page.waitForSelector('.alert:has-text("wrong")');
        const before = await page.locator(".cards li").count();
        await page.click('.cards button:has-text("Sign it out")');
        await page.waitForFunction((n) => document.querySelectorAll(".cards li").length < n, before);
      }
      await context.close();
    }
    for (const [name, viewport, dark] of [["zh-phone-dark", phone, true]]) {
      const { context, page } = await open({ viewport, dark });
      await signIn(page, access.keeper);
      await toView(page, "admin");
      await page.waitForSelector(".cards li");
      await axe(page, `accounts ${name}`);
      await fits(page, `accounts ${name}`);
      await shot(page, `admin-${name}`);
      await context.close();
    }
  },

  "a household that is called like an attack is text on every card and list": async () => {
    const { context, page, seen } = await open();
    await signIn(page, facts.officer, `/h/${access.household}`);
    await page.waitForSelector("article h2");
    must((await textOf(page)).includes("<img src=x onerror="), "the name is not shown as it is");
    await page.goto(`${base}/p/${access.parcel}`);
    await page.waitForSelector("article h2");
    await page.goto(`${base}/a/${access.application}`);
    await page.waitForSelector("article h2");
    must((await textOf(page)).includes("<img src=x onerror="), "the officer's name is not shown as it is");
    await page.goto(`${base}/applications`);
    await page.waitForSelector(".rows .row");
    await page.goto(base);
    await page.waitForSelector(".search input");
    await page.keyboard.press("/");
    await page.keyboard.type(access.household);
    await page.waitForSelector('#hits [role="option"]');
    const auditor = await open();
    await signIn(auditor.page, access.auditor);
    await toView(auditor.page, "audit");
    await auditor.page.waitForSelector(".trail tbody tr");
    for (const p of [page, auditor.page]) {
      const struck = await p.evaluate(() => [window.struck, document.querySelectorAll("img[src='x']").length]);
      must(struck[0] === undefined && struck[1] === 0, `a name ran as script or stands as an element: ${struck}`);
    }
    must(seen.away.length === 0, `requests left the host: ${seen.away}`);
    await auditor.context.close();
    await context.close();
  },
};
