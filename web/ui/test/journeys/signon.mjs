// Signing in through a provider of identities, which is a server of its own.
import { axe, desktop, facts, must, open, phone, shot, textOf } from "../browser.mjs";

const { signOn, parcel } = facts;
const card = `/p/${parcel.id}`;
const session = (page) => page.evaluate(async () => (await fetch("/v1/session")).status);

/** From a link that somebody was sent, by the button, to the provider's page, and there as somebody. */
async function through(page, person, path) {
  await page.goto(signOn.base + path);
  await page.click(`a.provider:has-text("${signOn.button}")`);
  await page.waitForURL((u) => u.origin === signOn.provider);
  await page.click(`a:text-is("${person}")`);
  await page.waitForURL((u) => u.origin === signOn.base);
}

export default {
  "the provider's button signs in, keeps the deep link, and signs out of both": async () => {
    const { context, page, seen } = await open();
    await page.goto(signOn.base + card);
    await page.waitForSelector("a.provider");
    await axe(page, "sign-in with a provider");
    await shot(page, "signon-zh-light");
    await through(page, signOn.known, card);
    must(new URL(page.url()).pathname === card, `after signing in the address is ${page.url()}`);
    await page.waitForSelector("article h2");
    must((await textOf(page)).includes(parcel.id), "the parcel of the link is not shown");
    const me = await page.evaluate(async () => (await fetch("/v1/session")).json());
    must(me.name === signOn.account && me.via === "oidc", `signed in as ${JSON.stringify(me)}`);
    await page.reload(); // now by the service worker, where there is one
    await page.waitForSelector("article h2");

    const left = page.waitForRequest((r) => r.url().startsWith(`${signOn.provider}/leave`));
    await page.click("button.out");
    await left;
    await page.waitForURL(`${signOn.base}/`);
    await page.waitForSelector("a.provider");
    must((await session(page)) === 401, "the session outlives signing out");
    await page.goto(signOn.base + card);
    await page.waitForSelector("a.provider");
    must(!(await textOf(page)).includes(parcel.id), "after signing out the parcel is shown");

    await through(page, signOn.known, card); // once more, the page's own worker being there
    await page.waitForSelector("article h2");
    must(new URL(page.url()).pathname === card, `the second time the address is ${page.url()}`);
    must(seen.errors.length === 0, `errors: ${seen.errors}`);
    await context.close();
  },

  "whom the provider knows and nobody here does is told so, and whom to ask": async () => {
    const said = {
      zh: "统一登录认识您，但这里没有对应的账号。请联系管理员开通。",
      en: "The provider knows you, but there is no account for you here: ask an administrator.",
    };
    const { context, page } = await open({ viewport: phone, dark: true });
    await through(page, signOn.unknown, card);
    await page.waitForSelector(`[role="alert"]:has-text("${said.zh}")`);
    must(!page.url().includes("refused"), `the refusal stays in the address: ${page.url()}`);
    must((await session(page)) === 401, "somebody without an account has a session");
    must(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)), "the page scrolls sideways");
    await axe(page, "a sign-on that is refused");
    await shot(page, "signon-refused-zh-phone-dark");
    await page.setViewportSize(desktop);
    await page.click('button:has-text("EN")');
    await page.waitForSelector(`[role="alert"]:has-text("${said.en}")`);
    await shot(page, "signon-refused-en");
    await page.reload();
    await page.waitForSelector("a.provider");
    must((await page.locator('[role="alert"]').count()) === 0, "the refusal is told again after a reload");
    await context.close();
  },
};
