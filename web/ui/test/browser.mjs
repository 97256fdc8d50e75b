// What every journey needs: one Chromium, the facts that web/browser_test.go
// seeded (PARUS_FACTS), and how to sign in, look and wait.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

export const facts = JSON.parse(process.env.PARUS_FACTS ?? "");
export const { base, shots } = facts;
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const flags = [
  "--enable-unsafe-swiftshader",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];
export const browser = await chromium.launch({ executablePath: facts.chromium, chromiumSandbox: false, args: flags });
export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

/** Fails with the words given. */
export function must(ok, words) {
  if (!ok) throw new Error(words);
}

/** A fresh browser that notes every request that leaves the host and every error of the page. */
export async function open({ viewport = desktop, dark = false, args = {} } = {}) {
  const context = await browser.newContext({
    viewport,
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    locale: "zh-CN",
    ...args,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  const seen = { away: [], errors: [] };
  page.on("request", (r) => {
    const u = r.url();
    if (!u.startsWith(base) && !u.startsWith("data:") && !u.startsWith("blob:")) seen.away.push(u);
  });
  page.on("pageerror", (e) => seen.errors.push(String(e)));
  page.on("console", (m) => {
    if (m.type() === "error" && !m.text().includes("401")) seen.errors.push(m.text());
  });
  return { context, page, seen };
}

export async function signIn(page, name = facts.officer, path = "/") {
  await page.goto(base + path);
  await page.fill('input[name="name"]', name);
  await page.fill('input[name="password"]', facts.password);
  await page.click('button[type="submit"]');
  await page.waitForSelector(".search input");
}

/** Waits until the map rests and returns where: lon, lat, zoom and the pixel of a position. */
export async function resting(page) {
  const place = page.locator(".map .canvas[data-view]");
  await place.waitFor({ timeout: 40000 });
  const [lon, lat, zoom] = (await place.getAttribute("data-view")).split(",").map(Number);
  const box = await place.boundingBox();
  const world = 512 * 2 ** zoom;
  const mercator = (d) => Math.log(Math.tan(Math.PI / 4 + (d * Math.PI) / 360)) / (2 * Math.PI);
  return {
    zoom,
    pixel: (x, y) => ({
      x: box.x + box.width / 2 + ((x - lon) / 360) * world,
      y: box.y + box.height / 2 - (mercator(y) - mercator(lat)) * world,
    }),
  };
}

export const textOf = (page) => page.evaluate(() => document.body.innerText);
export const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`) });

export async function axe(page, where) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() =>
    axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  const words = found.violations.map(
    (v) =>
      `${v.id}: ${v.nodes
        .map((n) => n.target.join(" "))
        .slice(0, 3)
        .join(" | ")}`,
  );
  must(words.length === 0, `${where}: ${words.join("; ")}`);
}
