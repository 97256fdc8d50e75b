// The page on a slow network, on none, without WebGL2, and on paper.
import { axe, base, facts, must, open, phone, resting, shot, signIn, textOf } from "../browser.mjs";

/** Slows network and processor as a township's office has them, and counts what comes over the line. */
async function slow({ context, page }, kbps) {
  const seen = { bytes: 0, addresses: [] };
  const bytes = (kbps * 1000) / 8;
  const line = { offline: false, latency: 150, downloadThroughput: bytes, uploadThroughput: bytes };
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", line);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  // Tiles are asked for by the map's worker, whose line is another: the page tells of its requests.
  page.on("request", (r) => seen.addresses.push(new URL(r.url()).pathname));
  page.on("requestfinished", async (r) => {
    const size = await r.sizes().catch(() => null); // the page has gone
    if (size) seen.bytes += size.responseBodySize + size.responseHeadersSize;
  });
  return seen;
}

/** A browser that has never seen the page, with a session. Nothing is kept beforehand, whose line is not slowed. */
async function stranger() {
  const { context, page, seen } = await open({ args: { serviceWorkers: "block" } });
  const answer = await context.request.post(`${base}/v1/session`, {
    data: { name: facts.officer, password: facts.password },
  });
  must(answer.ok(), `signing in answers ${answer.status()}`);
  page.setDefaultTimeout(60000);
  return { context, page, seen };
}

const said = (words, begun) => process.stderr.write(`${words}: ${Date.now() - begun} ms\n`);

export default {
  "at 1.6 Mbps the list comes before the map, and both are small": async () => {
    const { context, page: fresh } = await stranger();
    const seen = await slow({ context, page: fresh }, 1600);
    await fresh.addInitScript(() => {
      new MutationObserver((_, watch) => {
        if (!document.querySelector(".rows .row")) return;
        window.listed = performance.now(); // since the navigation began
        watch.disconnect();
      }).observe(document, { childList: true, subtree: true });
    });
    const begun = Date.now();
    await fresh.goto(base, { waitUntil: "commit" });
    await fresh.waitForSelector(".rows .row");
    const listed = await fresh.evaluate(() => window.listed);
    process.stderr.write(`first list at 1.6 Mbps and a quarter of the processor: ${Math.round(listed)} ms\n`);
    await resting(fresh);
    said("map at rest", begun);
    const first = seen.addresses.findIndex((a) => a.startsWith("/assets/map-"));
    const list = seen.addresses.findIndex((a) => a.endsWith("/households"));
    must(list >= 0 && first > list, `the map was asked for before the list: ${seen.addresses}`);
    must(first <= 14, `${first} requests before the map: ${seen.addresses.slice(0, first)}`);
    const tiles = seen.addresses.filter((a) => a.startsWith("/tiles/")).length;
    must(tiles <= 24, `${tiles} tiles at first view`);
    // 10 s at 1.6 Mbps are 2 MB; a third of it is for the processor.
    must(seen.bytes < 650_000, `${seen.bytes} bytes until the map rests`);
    process.stderr.write(`${seen.bytes} bytes, ${seen.addresses.length} requests, ${tiles} tiles\n`);
    await context.close();
  },

  "at 400 kbps a search takes a few hundred bytes": async () => {
    const { context, page } = await open({ viewport: phone });
    await signIn(page);
    await page.waitForSelector(".rows .row");
    await resting(page);
    const seen = await slow({ context, page }, 400);
    const begun = Date.now();
    await page.fill(".search input", facts.parcel.id);
    await page.waitForSelector(`#hits [role="option"]:has-text("${facts.parcel.id}")`);
    said("search at 400 kbps and a quarter of the processor", begun);
    const asked = seen.addresses.filter((a) => a.endsWith("/search"));
    must(asked.length >= 1 && asked.length <= 2, `${asked.length} requests for one text`);
    // 3 s at 400 kbps are 150 kB.
    must(seen.bytes < 5_000, `${seen.bytes} bytes for one search`);
    await context.close();
  },

  "without a network the page says so, and shows nothing of anybody": async () => {
    const { context, page } = await open();
    await signIn(page, facts.officer, `/h/${facts.parcel.household}`);
    await page.waitForSelector("article h2");
    const name = await page.innerText("article h2");
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await page.waitForSelector("article h2");
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    const kept = await page.evaluate(async () => {
      const out = [];
      for (const key of await caches.keys()) {
        for (const r of await (await caches.open(key)).keys()) out.push(new URL(r.url).pathname);
      }
      return out;
    });
    must(kept.includes("/") && kept.some((k) => k.endsWith(".js")), `the shell is not kept: ${kept}`);
    const told = kept.filter((k) => /^\/(v1|tiles|h|p|a)\//.test(k));
    must(told.length === 0, `what the server tells is kept: ${told}`);

    await context.setOffline(true);
    await page.waitForSelector(".offline");
    await page.reload();
    await page.waitForSelector('.alone [role="alert"]');
    const text = await textOf(page);
    must(text.includes("没有网络"), `offline the page says: ${text}`);
    must(!text.includes(name) && !text.includes(facts.parcel.household), `offline the page shows ${name}`);
    await axe(page, "offline");
    await shot(page, "offline-zh-light");
    await context.setOffline(false);
    await page.waitForSelector("article h2"); // by itself

    await page.evaluate(() => fetch("/v1/session", { method: "DELETE" }));
    await context.setOffline(true);
    await page.goto(`${base}/h/${facts.parcel.household}`);
    await page.waitForSelector('.alone [role="alert"]');
    must(!(await textOf(page)).includes(name), "after signing out the page shows a household");
    await context.close();
  },

  "without WebGL2 a still picture of the map can be pressed": async () => {
    for (const { viewport, dark } of [{ dark: false }, { viewport: phone, dark: true }]) {
      const { context, page, seen } = await open({ viewport, dark });
      await page.addInitScript(() => {
        const real = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return /webgl/.test(kind) ? null : real.call(this, kind, ...rest);
        };
      });
      await signIn(page);
      await page.waitForSelector(".rows .row");
      await page.waitForSelector(".still svg path, .still svg circle");
      await shot(page, `still-zh-${dark ? "phone-dark" : "light"}`);
      await axe(page, "still map");
      await page.goto(`${base}/p/${facts.parcel.id}`);
      await page.waitForSelector(`.still .told[data-id="${facts.parcel.id}"]`);
      const other = page.locator(`.still path:not(.told)`).first();
      const id = await other.getAttribute("data-id");
      await other.dispatchEvent("click");
      await page.waitForURL(`${base}/p/${id}`);
      await shot(page, `still-parcel-zh-${dark ? "phone-dark" : "light"}`);
      must(seen.away.length === 0 && seen.errors.length === 0, `${seen.away} ${seen.errors}`);
      await context.close();
    }
  },

  "a card prints without the map, its controls and the buttons": async () => {
    const { context, page } = await open();
    await signIn(page, facts.officer, `/h/${facts.parcel.household}`);
    await page.waitForSelector("article h2");
    await resting(page);
    await page.emulateMedia({ media: "print" });
    for (const hidden of [".map", ".top", ".search", "article button"]) {
      for (const one of await page.locator(hidden).all()) must(!(await one.isVisible()), `${hidden} is printed`);
    }
    must(await page.isVisible("article h2"), "the card is not printed");
    const pdf = await page.pdf({ format: "A4" });
    must(pdf.subarray(0, 5).toString() === "%PDF-" && pdf.length > 10_000, `a PDF of ${pdf.length} bytes`);
    const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    must(pages >= 1 && pages <= 3, `the card takes ${pages} pages`);
    await shot(page, "household-print");
    await context.close();
  },
};
