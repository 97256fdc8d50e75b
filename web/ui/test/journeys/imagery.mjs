// Imagery by date: two dates compared, and the next one fetched ahead.
import { axe, facts, must, open, phone, resting, shot, signIn } from "../browser.mjs";

const [june, july, august] = ["S2A_20250611", "S2B_20250716", "S2A_20250830"];

/** Waits until a map has drawn a scene, with every tile in view. */
const drawn = (page, scene, place = ".canvas") =>
  page.waitForSelector(`.map ${place}[data-picture*="/${scene}/"]`, { state: "attached", timeout: 40000 });

/** Opens a parcel's card with vegetation of the last date under the map. */
async function overImagery(page) {
  await signIn(page, facts.officer, `/p/${facts.parcel.id}`);
  await page.waitForSelector("article h2");
  await resting(page);
  await page.click('.imagery button:has-text("植被")');
  await drawn(page, august);
  await resting(page);
}

/** The map's middle as it is drawn, beside its controls and captions. */
async function look(page) {
  const box = await page.locator(".map .canvas").boundingBox();
  const clip = { x: box.x + box.width * 0.3, y: box.y + box.height * 0.1 };
  Object.assign(clip, { width: box.width * 0.55, height: box.height * 0.7 });
  return (await page.screenshot({ clip })).toString("base64");
}

/** What lies left and right of the divider in the middle of the map, its handle left out; shares of a look's width. */
const halves = { left: [0, 0.29], right: [0.44, 1] };

/** Mean difference of a half of two looks by channel, 0 to 255. */
const apart = (page, half, a, b) =>
  page.evaluate(
    async ([[from, to], ...both]) => {
      const [p, q] = await Promise.all(
        both.map(async (data) => {
          const picture = new Image();
          picture.src = `data:image/png;base64,${data}`;
          await picture.decode();
          const { width, height } = picture;
          const pen = new OffscreenCanvas(width, height).getContext("2d");
          pen.drawImage(picture, 0, 0);
          return pen.getImageData(Math.round(width * from), 0, Math.round(width * (to - from)), height).data;
        }),
      );
      return p.reduce((sum, v, i) => sum + Math.abs(v - q[i]), 0) / p.length;
    },
    [halves[half], a, b],
  );

/** Fails unless a half shows one date's picture and not the other's. */
async function like(page, half, got, want, other) {
  const [near, far] = [await apart(page, half, got, want), await apart(page, half, got, other)];
  must(near < 0.5 && far > 5, `${half} half: ${near} from the date's own picture, ${far} from the other's`);
}

/** Contexts of WebGL that have not been given back. */
const held = (page) => page.evaluate(() => globalThis.contexts.filter((c) => !c.isContextLost()).length);

const count = (page) =>
  page.addInitScript(() => {
    globalThis.contexts = [];
    const real = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      const made = real.call(this, kind, ...rest);
      if (/webgl/.test(kind) && made && !globalThis.contexts.includes(made)) globalThis.contexts.push(made);
      return made;
    };
  });

const divider = (page) => page.locator('input[name="divider"]');
const share = async (page) => Number(await divider(page).inputValue());
const compare = async (page, words = "对比两个日期") => {
  await page.click(`.imagery button:has-text("${words}")`);
  await drawn(page, june, ".beside");
};

export default {
  "two dates are compared by swipe, keyboard and touch": async () => {
    const { context, page, seen } = await open();
    const tiles = [];
    page.on("request", (r) => r.url().includes("/imagery/S2") && tiles.push(decodeURIComponent(r.url())));
    await count(page);
    await overImagery(page);
    const last = await look(page);
    await page.locator('.imagery input[name="date"]').focus();
    await page.keyboard.press("Home");
    await drawn(page, june);
    const first = await look(page);
    await page.keyboard.press("End");
    await drawn(page, august);
    must((await held(page)) === 1, `${await held(page)} maps before the comparison`);
    tiles.length = 0;

    await compare(page);
    must((await page.inputValue('select[name="against"]')) === june, "the left date isn't the clear one before");
    const split = await look(page);
    await like(page, "left", split, first, last);
    await like(page, "right", split, last, first);
    must(
      tiles.some((u) => u.includes(`${june}/vegetation/`)),
      `no tile of the left date is asked for: ${tiles}`,
    );
    const spoken = await divider(page).getAttribute("aria-valuetext");
    must(
      /左侧 2025-06-11.*100%.*右侧 2025-08-30.*100%.*50%/.test(spoken),
      `a screen reader hears of the divider: ${spoken}`,
    );
    await axe(page, "comparison");
    await shot(page, "compare-zh-light");

    await divider(page).focus();
    await page.keyboard.press("ArrowRight");
    must((await share(page)) === 51, `after the arrow the divider is at ${await share(page)}`);
    await page.keyboard.press("Home");
    await like(page, "left", await look(page), last, first);
    await page.keyboard.press("End");
    await like(page, "right", await look(page), first, last);
    must((await divider(page).getAttribute("aria-valuetext")).includes("100%"), "the divider isn't said to be moved");

    const box = await divider(page).boundingBox();
    const handle = (percent) => box.x + 22 + ((box.width - 44) * percent) / 100;
    const middle = box.y + box.height / 2;
    const before = await page.getAttribute(".map .canvas", "data-view");
    await page.mouse.move(handle(100), middle);
    await page.mouse.down();
    await page.mouse.move(handle(70), middle + 30, { steps: 4 });
    await page.mouse.up();
    must(Math.abs((await share(page)) - 70) < 1, `the mouse leaves the divider at ${await share(page)}`);
    must(before === (await page.getAttribute(".map .canvas", "data-view")), "the divider drags the map along");

    // The map is moved through the other one, and both go the same way.
    await page.mouse.move(handle(50), middle + 100);
    await page.mouse.down();
    await page.mouse.move(handle(50) + 60, middle + 160, { steps: 4 });
    await page.mouse.up();
    await page.waitForSelector(`.map .canvas[data-view]:not([data-view="${before}"])`);
    const view = await page.getAttribute(".map .canvas", "data-view");
    await page.waitForSelector(`.map .beside[data-view="${view}"]`, { state: "attached" });

    await page.selectOption('select[name="against"]', july);
    await drawn(page, july, ".beside");
    must((await page.innerText(".swipe .before")).includes("2025-07-16"), "the left caption tells another date");
    await page.click('.top button:has-text("EN")');
    await page.click('.top button[aria-label="Use dark colours"]');
    await drawn(page, july, ".beside");
    must(
      (await divider(page).getAttribute("aria-valuetext")).includes("Left 16 Jul 2025"),
      "the divider stays Chinese",
    );
    await axe(page, "comparison in the dark");
    await shot(page, "compare-en-dark");

    // It ends without a trace, however often it was begun.
    const end = async () => {
      await page.click('.imagery button:has-text("End the comparison")');
      await page.waitForSelector(".swipe", { state: "detached" });
      must((await page.locator(".map canvas").count()) === 1, "the second map stays");
      must((await held(page)) === 1, `${await held(page)} maps hold WebGL after the comparison`);
    };
    await end();
    await page.click('.imagery button:has-text("Compare two dates")');
    await drawn(page, july, ".beside");
    await end();
    await page.click('.imagery button:has-text("Compare two dates")');
    await page.click('.imagery button:has-text("Off")');
    await page.waitForSelector(".swipe", { state: "detached" });
    await page.click('.imagery button:has-text("Vegetation")');
    await drawn(page, august);
    must((await page.locator(".swipe").count()) === 0 && (await held(page)) === 1, "it comes back by itself");
    must(seen.away.length === 0 && seen.errors.length === 0, `${seen.away} ${seen.errors}`);

    await page.evaluate(() => {
      HTMLCanvasElement.prototype.getContext = () => null;
    });
    await page.click('.imagery button:has-text("Compare two dates")');
    await page.waitForSelector('.imagery [role="status"]:has-text("no room for a second map")');
    must((await page.locator(".map canvas").count()) === 1, "a second map without WebGL");
    must((await page.locator('.imagery button:has-text("Compare")').count()) === 0, "it is offered again");
    await context.close();

    const hand = await open({ viewport: phone, dark: true, args: { hasTouch: true } });
    await overImagery(hand.page);
    await shot(hand.page, "imagery-zh-phone-dark");
    await compare(hand.page);
    const track = await divider(hand.page).boundingBox();
    const cdp = await hand.context.newCDPSession(hand.page);
    const touch = (type, ...points) =>
      cdp.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: points.map((percent) => ({
          x: track.x + 22 + ((track.width - 44) * percent) / 100,
          y: track.y + 22,
        })),
      });
    await touch("touchStart", 50);
    await touch("touchMove", 40);
    await touch("touchMove", 30);
    await touch("touchEnd");
    must(Math.abs((await share(hand.page)) - 30) < 2, `a finger leaves the divider at ${await share(hand.page)}`);
    await axe(hand.page, "comparison on a phone in the dark");
    await shot(hand.page, "compare-zh-phone-dark");
    await hand.page.setViewportSize({ width: 360, height: 740 });
    await resting(hand.page);
    const wide = await hand.page.evaluate(() => document.documentElement.scrollWidth);
    must(wide <= 360, `the page is ${wide} pixels wide on a phone of 360`);
    const room = await hand.page.locator(".map .canvas").boundingBox();
    must(room.height > 220, `the controls leave ${room.height} pixels to the map`);
    await shot(hand.page, "compare-zh-phone-360-dark");
    must(hand.seen.errors.length === 0, `${hand.seen.errors}`);
    await hand.context.close();
  },

  "the dates beside the one shown are fetched ahead, but not where data is saved": async () => {
    const { context, page } = await open();
    await page.addInitScript(() => {
      Object.defineProperty(navigator, "connection", { value: { saveData: true } });
    });
    const tiles = [];
    page.on("request", (r) => r.url().includes("/imagery/S2") && tiles.push(decodeURIComponent(r.url())));
    const of = (scene) => tiles.filter((u) => u.includes(`/${scene}/`)).length;
    await overImagery(page);
    await page.evaluate(() => 0); // what the map's rest has led to is told by now
    must(of(july) === 0, `where data is saved ${of(july)} tiles are fetched ahead`);

    tiles.length = 0;
    await page.evaluate(() => {
      navigator.connection.saveData = false;
    });
    await page.click('.imagery button:has-text("真彩色")');
    await page.waitForSelector('.map .canvas[data-picture*="/truecolour/"]');
    const wanted = of(august);
    const sizes = () =>
      page.evaluate(
        (part) =>
          performance
            .getEntriesByType("resource")
            .filter((e) => e.name.includes(part))
            .map((e) => e.transferSize),
        `/${july}/truecolour/`,
      );
    for (const end = Date.now() + 20_000; (await sizes()).length < wanted && Date.now() < end; ) {
      await page.waitForTimeout(50);
    }
    must(of(july) === wanted, `${of(july)} tiles of the date before are fetched, ${wanted} are in view`);
    must(of(june) === 0, "a date two steps away is fetched");
    await page.locator('.imagery input[name="date"]').focus();
    await page.keyboard.press("ArrowLeft");
    await drawn(page, july);
    const [ahead, shown] = [(await sizes()).slice(0, wanted), (await sizes()).slice(wanted)];
    must(
      ahead.every((bytes) => bytes > 0) && shown.length > 0 && shown.every((bytes) => bytes === 0),
      `fetched ahead: ${ahead} bytes, shown: ${shown}`,
    );
    await context.close();
  },
};
