// A credit officer's desk: sign in, search, map, cards, alerts, applications.
import { readFileSync } from "node:fs";
import { axe, base, desktop, facts, must, open, phone, resting, shot, signIn, textOf } from "../browser.mjs";

/** Where the cards of the county's applications are, the newest first. */
async function applicationCards() {
  const { context, page } = await open();
  await signIn(page, facts.teller);
  const { items } = await page.evaluate(async () => (await fetch("/v1/applications")).json());
  await context.close();
  return items.map((a) => `/a/${a.id}`);
}

export default {
  "a wrong password is refused with words, the right one opens the county": async () => {
    const { context, page, seen } = await open();
    await page.goto(base);
    await page.fill('input[name="name"]', facts.officer);
    await page.fill('input[name="password"]', "not the password");
    await page.click('button[type="submit"]');
    await page.waitForSelector('[role="alert"]');
    await axe(page, "sign-in");
    await shot(page, "sign-in-zh-light");
    await page.fill('input[name="password"]', facts.password);
    await page.click('button[type="submit"]');
    await page.waitForSelector(".rows .row");
    must((await textOf(page)).includes(facts.countyName), "the county's name is missing");
    await resting(page);
    await shot(page, "county-zh-light");
    await axe(page, "county");
    must(seen.away.length === 0, `requests left the host: ${seen.away}`);
    must(seen.errors.length === 0, `errors: ${seen.errors}`);
    await context.close();
  },

  "a search for a parcel code opens its card and outlines it": async () => {
    const { context, page, seen } = await open();
    await signIn(page);
    await page.keyboard.press("/");
    await page.keyboard.type(facts.parcel.id);
    await page.waitForSelector(`#hits [role="option"]:has-text("${facts.parcel.id}")`);
    await page.keyboard.press("Enter");
    await page.waitForSelector("article h2");
    must(new URL(page.url()).pathname === `/p/${facts.parcel.id}`, `address is ${page.url()}`);
    const view = await resting(page);
    must(view.zoom > 14, `the map stays at zoom ${view.zoom}`);
    await page.waitForSelector(".chart .band");
    await shot(page, "parcel-zh-light");
    await axe(page, "parcel card");
    must(seen.away.length === 0 && seen.errors.length === 0, `${seen.away} ${seen.errors}`);
    await context.close();
  },

  "a click in the middle of a known parcel opens that parcel": async () => {
    const { context, page } = await open();
    await signIn(page, facts.officer, `/h/${facts.parcel.household}`);
    await page.waitForSelector("article h2");
    const view = await resting(page);
    const where = await page.locator(".code + .dim").innerText();
    must(where.includes("村 柳河村 370199101201"), `the card says ${where}`);
    await shot(page, "household-zh-light");
    const at = view.pixel(facts.parcel.lon, facts.parcel.lat);
    await page.mouse.click(at.x, at.y);
    await page.waitForURL(`${base}/p/${facts.parcel.id}`);
    await context.close();
  },

  "the card shows what the API says, in mu and hectares, Chinese and English": async () => {
    const { context, page } = await open();
    await signIn(page, facts.officer, `/p/${facts.parcel.id}`);
    await page.waitForSelector(".chart");
    const card = await page.evaluate(
      async ([p, id]) => (await fetch(`/v1/publications/${p}/parcels/${id}`)).json(),
      [facts.publication, facts.parcel.id],
    );
    const zh = await textOf(page);
    const mu = (card.area_m2 / (10000 / 15)).toFixed(1);
    must(zh.includes(`${mu} 亩`), `no "${mu} 亩" on the card`);
    const line = new Intl.NumberFormat("zh-CN").format(card.decision.line_fen / 100);
    must(zh.includes(`${line} 元`), `no "${line} 元" on the card`);
    const kg = new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 0 }).format(card.yield_p50 / 15);
    must(zh.includes(kg), `no yield ${kg} kg/mu on the card`);
    for (const r of card.decision.reasons) must(zh.includes(r.lift_zh), `no "${r.lift_zh}" on the card`);
    await page.click('button:has-text("公顷")');
    must((await textOf(page)).includes(`${(card.area_m2 / 10000).toFixed(2)} 公顷`), "hectares are missing");
    await page.click('button:has-text("EN")');
    const en = await textOf(page);
    for (const r of card.decision.reasons) must(en.includes(r.lift_en), `no "${r.lift_en}" on the card`);
    must(
      en.includes(`¥${new Intl.NumberFormat("en-GB").format(card.decision.line_fen / 100)}`),
      "the line is missing in English",
    );
    must(!/[一-鿿]{6,}/.test(en.replaceAll(facts.countyName, "")), "Chinese sentences remain in English");
    await resting(page);
    await shot(page, "parcel-en-light");
    await page.click(".aside");
    await page.waitForSelector("table.grid tbody tr");
    await context.close();
  },

  "an officer opens the morning's alerts, takes one and closes it with a reason": async () => {
    const { context, page, seen } = await open();
    await signIn(page);
    const count = page.locator(".alerts-link .count [aria-hidden]");
    await page.waitForFunction(() => document.querySelector(".alerts-link .count [aria-hidden]")?.textContent === "12");
    await page.focus(".alerts-link");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".rows .row .severity");
    must(new URL(page.url()).pathname === "/alerts", `address is ${page.url()}`);
    await resting(page);
    await shot(page, "alerts-zh-light");
    await axe(page, "alerts");
    await page.focus(`.rows a[href="/p/${facts.struck.id}"]`);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".trouble .acts");
    await page.waitForSelector(".chart .band");
    await resting(page);
    await shot(page, "alert-zh-light");
    await axe(page, "alert");
    await page.click('.trouble button:has-text("由我处理")');
    await page.waitForSelector(`.trouble .status:has-text("${facts.officer}")`);
    await page.waitForFunction(() => document.querySelector(".alerts-link .count [aria-hidden]")?.textContent === "11");
    await page.click('.trouble button:has-text("关闭预警")');
    await page.click('.closing button[type="submit"]');
    must(await page.isVisible(".closing"), "it closes without a reason");
    await page.fill(".closing textarea", "已到现场核实，雹灾属实 <img onerror=alert(1)>");
    await shot(page, "alert-closing-zh-light");
    await page.click('.closing button[type="submit"]');
    await page.waitForSelector(".trouble.closed");
    await page.click(".trouble summary");
    const history = await page.innerText(".trouble .history");
    for (const words of ["系统发现", "认领", "关闭", "雹灾属实 <img onerror=alert(1)>"]) {
      must(history.includes(words), `no "${words}" in the history: ${history}`);
    }
    must((await count.textContent()) === "11", "the count has changed twice");
    await page.click('.back:has-text("返回预警")');
    await page.waitForSelector(".rows .row");
    must(
      (await page.locator(`.rows a[href="/p/${facts.struck.id}"]`).count()) === 0,
      "the closed alert is still listed",
    );
    await page.click('.states button:has-text("已关闭")');
    await page.waitForSelector(`.rows a[href="/p/${facts.struck.id}"]`);
    must(seen.away.length === 0 && seen.errors.length === 0, `${seen.away} ${seen.errors}`);
    await context.close();

    const hand = await open({ viewport: phone, dark: true, args: { hasTouch: true } });
    await signIn(hand.page, facts.officer, "/alerts");
    await hand.page.waitForSelector(".rows .row .severity");
    await shot(hand.page, "alerts-zh-phone-dark");
    await axe(hand.page, "alerts on a phone in the dark");
    const wide = await hand.page.evaluate(() => document.documentElement.scrollWidth);
    must(wide <= phone.width, `the page is ${wide} pixels wide on a phone`);
    await hand.page.click(".rows .row");
    await hand.page.waitForSelector(".trouble .acts");
    await hand.page.locator(".trouble").scrollIntoViewIfNeeded();
    await shot(hand.page, "alert-zh-phone-dark");
    await axe(hand.page, "an alert on a phone in the dark");
    await hand.page.click('.top button:has-text("EN")');
    await shot(hand.page, "alert-en-phone-dark");
    must(
      !/[一-鿿]{6,}/.test((await hand.page.innerText(".trouble")).replaceAll(facts.countyName, "")),
      "Chinese remains",
    );
    await hand.context.close();
  },

  "an officer applies, is answered at once, the household accepts and is paid": async () => {
    const { context, page, seen } = await open();
    const household = facts.lent[0];
    const posts = [];
    page.on("request", (r) => r.method() === "POST" && r.url().endsWith("/v1/applications") && posts.push(r));
    await signIn(page, facts.teller, `/h/${household}`);
    await page.click('button:has-text("为该农户申请")');
    await page.waitForSelector("form.apply");
    await page.locator("form.apply").scrollIntoViewIfNeeded();
    await shot(page, "apply-zh-light");
    await axe(page, "the form of an application");
    must(
      (await page.inputValue('form.apply [name="identity"]')) === "",
      "the identity is checked before anybody looked",
    );
    await page.fill('form.apply [name="asked"]', "3000");
    await page.fill('form.apply [name="consent"]', "授权书 2025-0117");
    await page.click('form.apply button[type="submit"]');
    must(posts.length === 0 && (await page.isVisible("form.apply")), "it is sent without a word on the identity");
    await page.selectOption('form.apply [name="identity"]', "checked");
    await page.dblclick('form.apply button[type="submit"]');
    await page.waitForURL(/\/a\/\d+$/);
    await page.waitForSelector("article .history");
    must(posts.length === 1, `two clicks send ${posts.length} applications`);
    let words = await textOf(page);
    for (const w of ["已出额度", "3,000 元", "还款计划", "3,000.00", "提交申请", "系统给出额度"]) {
      must(words.includes(w), `no "${w}" in ${words}`);
    }
    await resting(page);
    await shot(page, "application-zh-light");
    await axe(page, "application");
    await page.click('.acts button:has-text("农户接受")');
    await page.dblclick('.closing button[type="submit"]');
    await page.waitForSelector(".flag.accepted");
    await page.click('.acts button:has-text("登记放款")');
    must(
      (await page.inputValue('.closing [name="amount"]')) === "3000",
      "a payout starts from another sum than what is left",
    );
    await page.fill('.closing [name="amount"]', "3000.01");
    await page.click('.closing button[type="submit"]');
    await page.waitForSelector('.closing ~ [role="alert"]');
    must(
      (await page.innerText('.closing ~ [role="alert"]')).includes("超过剩余额度"),
      "too much is not refused in words",
    );
    await page.fill('.closing [name="amount"]', "1200.50");
    await page.dblclick('.closing button[type="submit"]');
    await page.waitForSelector(".flag.drawn");
    words = await textOf(page);
    must(words.includes("放款 1,200.50 元"), `the payout is not in the history: ${words}`);
    must(words.split("放款 1,200.50 元").length === 2, "two clicks paid twice");
    await shot(page, "application-drawn-zh-light");
    for (const [language, name] of [
      ["EN", "Decision letter"],
      ["中文", "下载决定书"],
    ]) {
      await page.click(`.top button:has-text("${language}")`);
      const [file] = await Promise.all([page.waitForEvent("download"), page.click(`button:has-text("${name}")`)]);
      const kept = readFileSync(await file.path());
      must(kept.subarray(0, 5).toString() === "%PDF-" && kept.length > 5000, `the letter in ${language} is no PDF`);
      must(/^parus-\d+-(zh|en)\.pdf$/.test(file.suggestedFilename()), `it is called ${file.suggestedFilename()}`);
    }
    await page.click(`.code a:has-text("${household}")`);
    await page.waitForSelector(`.rows a[href^="/a/"]`);
    must(!(await page.isVisible('button:has-text("为该农户申请")')), "a second application is offered");
    const odd = seen.errors.filter((e) => !e.includes("409"));
    must(seen.away.length === 0 && odd.length === 0, `${seen.away} ${odd}`);
    await context.close();
  },

  "what is referred is decided by a second person, in the list for approval": async () => {
    const reason = "已到现场核对身份 <img src=x onerror=alert(1)>";
    const officer = await open();
    await signIn(officer.page, facts.teller, `/h/${facts.lent[1]}`);
    await officer.page.click('button:has-text("为该农户申请")');
    await officer.page.fill('form.apply [name="asked"]', "4000");
    await officer.page.selectOption('form.apply [name="identity"]', "unchecked");
    await officer.page.fill('form.apply [name="consent"]', "授权书 2025-0118");
    await officer.page.click('form.apply button[type="submit"]');
    await officer.page.waitForSelector(".flag.referred");
    const path = new URL(officer.page.url()).pathname;
    const told = await textOf(officer.page);
    must(
      told.includes("等待另一位审批人决定") && told.includes("身份尚未核实"),
      `the officer is not told why: ${told}`,
    );
    must((await officer.page.locator('.acts button:has-text("批准")').count()) === 0, "who applied may approve");
    const status = await officer.page.evaluate(
      async (p) =>
        (
          await fetch(`/v1/applications/${p}/moves`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ act: "approve" }),
          })
        ).status,
      path.split("/")[2],
    );
    must(status === 403, `the server answers ${status} to an officer who approves`);
    await shot(officer.page, "application-referred-zh-light");

    const { context, page, seen } = await open();
    page.on("dialog", () => seen.errors.push("a script ran"));
    await signIn(page, facts.approver);
    await page.click(".applications-link");
    await page.waitForSelector('.states button[aria-pressed="true"]:has-text("待审批")');
    await page.waitForSelector(`.rows a[href="${path}"]`);
    await resting(page);
    await shot(page, "applications-zh-light");
    await axe(page, "applications");
    await page.focus(`.rows a[href="${path}"]`);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".acts .button");
    await officer.page.click('.acts button:has-text("撤回申请")');
    await page.click('.acts button:has-text("不通过")');
    await page.click('.closing button[type="submit"]');
    must(await page.isVisible(".closing"), "it is rejected without a reason");
    await page.click('.closing button:has-text("取消")');
    await page.click('.acts button:has-text("批准")');
    await page.fill('.closing [name="amount"]', "3500");
    await page.fill('.closing [name="reason"]', reason);
    await shot(page, "application-approving-zh-light");
    await axe(page, "approving");
    await page.click('.closing button[type="submit"]');
    await page.waitForSelector(".flag.approved");
    const words = await textOf(page);
    must(words.includes(reason) && words.includes("3,500 元"), `the approval is not in the history: ${words}`);
    must((await page.evaluate(() => document.querySelector("article img"))) === null, "the reason became an image");

    await officer.page.fill('.closing [name="reason"]', "农户不要了");
    await officer.page.click('.closing button[type="submit"]');
    await officer.page.waitForSelector(".flag.withdrawn");
    await page.click('.back:has-text("返回申请")');
    await page.waitForSelector(".states");
    await page.waitForSelector("article p:has-text('没有这类申请')");
    must(seen.away.length === 0 && seen.errors.length === 0, `${seen.away} ${seen.errors}`);
    await context.close();
    await officer.context.close();
  },

  "refusals are told in words and leave the form as it was": async () => {
    const { context, page } = await open();
    await signIn(page, facts.teller, `/h/${facts.lent[2]}`);
    await page.click('button:has-text("为该农户申请")');
    await page.selectOption('form.apply [name="identity"]', "checked");
    await page.fill('form.apply [name="consent"]', "授权书 2025-0119");
    await page.fill('form.apply [name="asked"]', "99999999999");
    await page.click('form.apply button[type="submit"]');
    await page.waitForSelector('form.apply [role="alert"]');
    must((await page.innerText('form.apply [role="alert"]')).includes("金额不对"), "an absurd amount");
    must((await page.inputValue('form.apply [name="consent"]')) === "授权书 2025-0119", "the form is emptied");
    await page.evaluate(
      ([p, h]) =>
        fetch("/v1/applications", {
          method: "POST",
          headers: { "Content-Type": "application/json", "Idempotency-Key": "beside-the-page" },
          body: JSON.stringify({ publication: p, household_id: h, asked_fen: 200000, identity: "checked" }),
        }).then((r) => r.status),
      [facts.publication, facts.lent[2]],
    );
    await page.fill('form.apply [name="asked"]', "2500");
    await page.click('form.apply button[type="submit"]');
    await page.waitForSelector('form.apply [role="alert"]:has-text("已有一笔进行中的申请")');
    await shot(page, "apply-refused-zh-light");
    await context.close();
  },

  "applications on a phone, in the dark and in English": async () => {
    const { context, page } = await open({ viewport: phone, dark: true, args: { hasTouch: true } });
    await signIn(page, facts.teller, "/applications");
    const sideways = async (where) => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      must(wide <= phone.width, `${where} is ${wide} pixels wide on a phone`);
    };
    await page.click('.states button:has-text("全部")');
    await page.waitForSelector(".rows .row");
    await shot(page, "applications-zh-phone-dark");
    await axe(page, "applications on a phone in the dark");
    await sideways("the list");
    await page.click(".rows .row");
    await page.waitForSelector("article .history");
    const card = new URL(page.url()).pathname;
    await shot(page, "application-zh-phone-dark");
    await axe(page, "an application on a phone in the dark");
    await sideways("the card");
    await page.locator(".history").scrollIntoViewIfNeeded();
    await shot(page, "application-history-zh-phone-dark");
    await page.goto(`${base}/h/${facts.lent[3]}`);
    await page.click('button:has-text("为该农户申请")');
    await page.locator("form.apply").scrollIntoViewIfNeeded();
    await shot(page, "apply-zh-phone-dark");
    await axe(page, "the form on a phone in the dark");
    await sideways("the form");
    await page.click('.top button:has-text("EN")');
    const chinese = async (where, text) => {
      const left = text.replaceAll(facts.countyName, "").match(/[一-鿿]{2,}/);
      must(!left, `${where} says ${left} in English`);
    };
    await chinese("the form", await page.innerText("form.apply"));
    await page.goto(base + card);
    await page.waitForSelector("article .history");
    await chinese("the card", await page.innerText("article"));
    await chinese("the header", (await page.innerText(".top")).replace(/中文|语言/g, ""));
    const top = await page.locator(".top").boundingBox();
    must(top.height < 130, `the header is ${top.height} pixels high on a phone`);
    await shot(page, "application-en-phone-dark");
    await page.click(".applications-link");
    await page.waitForSelector(".states");
    await sideways("the list in English");
    await page.locator(".states").scrollIntoViewIfNeeded();
    await shot(page, "applications-en-phone-dark");
    await context.close();
    const wide = await open();
    await signIn(wide.page, facts.teller, card);
    await wide.page.click('.top button:has-text("EN")');
    await wide.page.waitForSelector("article .history");
    await shot(wide.page, "application-en-light");
    await axe(wide.page, "an application in English");
    await wide.context.close();
  },

  "a partner finds no applications": async () => {
    const [card] = await applicationCards();
    const { context, page } = await open();
    await signIn(page, facts.partner, `/h/${facts.lent[0]}`);
    await page.waitForSelector("article h2");
    must((await page.locator(".applications-link").count()) === 0, "a partner has the list");
    must(!(await textOf(page)).includes("授信申请"), "a partner's card has applications");
    await page.goto(base + card);
    await page.waitForSelector('article [role="alert"]');
    must((await page.locator("article h2").count()) === 0, "a partner reads an application");
    await context.close();
  },

  "no view shows a raw key": async () => {
    const cards = await applicationCards();
    must(cards.length >= 2, `${cards.length} applications`);
    const { context, page } = await open();
    await signIn(page);
    for (const path of [
      "/",
      "/alerts",
      "/applications",
      ...cards.slice(0, 2),
      "/a/999",
      `/h/${facts.lent[0]}`,
      `/p/${facts.struck.id}`,
      `/h/${facts.parcel.household}`,
      `/p/${facts.parcel.id}`,
      "/p/nothing",
    ]) {
      await page.goto(base + path);
      await page.waitForSelector(
        ["/", "/alerts", "/applications"].includes(path) ? ".rows .row" : "article h2, article [role=alert]",
      );
      for (const language of ["EN", "中文"]) {
        await page.click(`.top button:has-text("${language}")`);
        const raw = (await textOf(page)).match(/\b(?:err_\w+|R\d\d_[A-Z_]+|[a-z]+_[a-z_]+|undefined|NaN|\[object)\b/);
        must(!raw, `${path} in ${language} shows ${raw}`);
      }
    }
    await context.close();
  },

  "an officer of another county gets neither list, card nor tile": async () => {
    const { context, page } = await open();
    await signIn(page, facts.stranger, `/p/${facts.parcel.id}`);
    await page.waitForSelector('article [role="alert"]');
    const got = await page.evaluate(
      (urls) => Promise.all(urls.map(async (u) => (await fetch(u)).status)),
      [
        `/v1/publications/${facts.publication}/summary`,
        `/v1/publications/${facts.publication}/households`,
        `/v1/publications/${facts.publication}/parcels/${facts.parcel.id}`,
        `/tiles/${facts.publication}/parcels/${facts.tile}.mvt`,
        `/v1/publications/${facts.publication}/imagery`,
        `/tiles/${facts.publication}/imagery/S2A_20250830/vegetation/${facts.tile}`,
      ],
    );
    must(
      got.every((s) => s === 404),
      `statuses ${got}, want 404 for each`,
    );
    must(!(await textOf(page)).includes(facts.countyName), "the other county's name is shown");
    await context.close();
  },

  "colours by line, a crop filter and the village list work by keyboard": async () => {
    const { context, page } = await open();
    await signIn(page);
    await page.waitForSelector(".legend");
    await page.locator('.legend button:has-text("额度")').focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector('.legend .still:has-text("≤")');
    await resting(page);
    await shot(page, "county-by-line-zh-light");
    await page.locator('.legend button:has-text("作物")').focus();
    await page.keyboard.press("Enter");
    await page.locator(".legend li button").first().focus();
    await page.keyboard.press("Enter");
    must((await page.locator(".filters select").nth(1).inputValue()) !== "", "the legend does not filter the list");
    await page.locator(".rows .row").first().focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("article h2");
    await context.close();
  },

  "a village is found by its name, filters the list and moves the map": async () => {
    const { context, page } = await open();
    await signIn(page);
    const before = await resting(page);
    await page.fill(".search input", "北洼");
    await page.click('#hits [role="option"]:has-text("北洼村")');
    const chosen = page.locator(".filters select").first();
    await page.waitForFunction((e) => e.value !== "", await chosen.elementHandle());
    must((await chosen.locator("option:checked").innerText()).startsWith("北洼村 "), "the list is of another village");
    await page.waitForTimeout(300);
    const view = await resting(page);
    must(view.zoom > before.zoom, `the map stays at zoom ${view.zoom}`);
    await context.close();
  },

  "imagery by date: kind by click, date and strength by keyboard, clouds said": async () => {
    const { context, page, seen } = await open();
    const tiles = [];
    page.on("request", (r) => r.url().includes("/imagery/S2") && tiles.push(decodeURIComponent(r.url())));
    await signIn(page, facts.officer, `/p/${facts.parcel.id}`);
    await resting(page);
    const before = await page.locator(".maplibregl-canvas").screenshot();
    await page.click('.imagery button:has-text("植被")');
    const drawn = (tiles) => page.waitForSelector(`.map .canvas[data-picture*="/${tiles}/"]`, { timeout: 40000 });
    await drawn("S2A_20250830/vegetation");
    must(
      tiles.some((u) => u.includes("S2A_20250830/vegetation/14/")),
      `no tile of the last date: ${tiles.slice(0, 3)}`,
    );
    must(!before.equals(await page.locator(".maplibregl-canvas").screenshot()), "the map looks as before");
    const says = () => page.locator(".imagery .slide").first().innerText();
    must((await says()).includes("2025-08-30") && (await says()).includes("100%"), `the slider says ${await says()}`);
    await page.locator('.imagery input[name="date"]').focus();
    await page.keyboard.press("ArrowLeft");
    must((await says()).includes("2025-07-16"), `after the key the slider says ${await says()}`);
    must(!(await says()).includes("100%"), "a cloudy date counts as clear");
    const spoken = await page.locator('.imagery input[name="date"]').getAttribute("aria-valuetext");
    must(spoken.includes("2025-07-16"), `a screen reader hears ${spoken}`);
    await drawn("S2B_20250716/vegetation");
    must((await page.locator(".imagery .ramp").innerText()).includes("云"), "the legend does not explain the hatch");
    await shot(page, "imagery-vegetation-zh-light");
    await axe(page, "imagery");
    await page.locator('.imagery input[name="opacity"]').focus();
    await page.keyboard.press("ArrowLeft");
    must((await page.locator(".imagery").innerText()).includes("80%"), "the key does not change the strength");
    await page.click('.imagery button:has-text("真彩色")');
    await page.click('.top button:has-text("EN")');
    must((await page.locator(".imagery").innerText()).includes("clear"), "the control stays Chinese");
    await page
      .click('.top button[aria-label="Use dark colours"], .top button:has-text("Use dark colours")')
      .catch(() => {});
    await drawn("S2B_20250716/truecolour");
    must(
      tiles.some((u) => u.includes("S2B_20250716/truecolour/")),
      "no tile of true colour",
    );
    await shot(page, "imagery-truecolour-en");
    const view = await resting(page);
    await page.goto(`${base}/h/${facts.parcel.household}`);
    await page.waitForSelector("article h2");
    await resting(page);
    must(view.zoom > 14 && seen.away.length === 0 && seen.errors.length === 0, `${seen.away} ${seen.errors}`);
    await context.close();
  },

  "dark and phone: legible, nothing cut, axe clean": async () => {
    for (const [name, viewport, dark] of [
      ["dark", desktop, true],
      ["phone-light", phone, false],
      ["phone-dark", phone, true],
    ]) {
      const { context, page } = await open({ viewport, dark });
      await signIn(page);
      await page.waitForSelector(".rows .row");
      await resting(page);
      await shot(page, `county-zh-${name}`);
      await axe(page, `county ${name}`);
      await page.goto(`${base}/p/${facts.parcel.id}`);
      await page.waitForSelector(".chart .band");
      await resting(page);
      await shot(page, `parcel-zh-${name}`);
      await axe(page, `parcel ${name}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      must(!wide, `${name}: the page scrolls sideways`);
      if (name === "phone-dark") {
        await page.evaluate(() => document.querySelector(".panel").scrollTo(0, 700));
        await shot(page, "parcel-why-zh-phone-dark");
      }
      await context.close();
    }
  },

  "without WebGL2 the list, the search and the cards still work": async () => {
    const { context, page } = await open();
    await page.addInitScript(() => {
      const real = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return /webgl/.test(kind) ? null : real.call(this, kind, ...rest);
      };
    });
    await signIn(page);
    await page.waitForSelector(".missing");
    await page.click(".rows .row >> nth=0");
    await page.waitForSelector("article h2");
    await context.close();
  },
};
