// Walks through the page in a real Chromium as its users would. Started by
// web/browser_test.go, which serves the page from a real PostGIS. Each file of
// journeys/ (or of PARUS_JOURNEYS) exports its journeys by name; PARUS_ONLY picks those whose names hold
// one of its words. Prints one JSON line per journey: {name, error, ms}.
import { readdirSync } from "node:fs";
import { browser } from "./browser.mjs";

const folder = new URL(process.env.PARUS_JOURNEYS ?? "./journeys/", import.meta.url);
const only = (process.env.PARUS_ONLY ?? "").split(",");
let failed = false;
for (const file of readdirSync(folder).sort()) {
  const { default: journeys } = await import(new URL(file, folder));
  for (const [name, walk] of Object.entries(journeys)) {
    if (!only.some((w) => name.includes(w))) continue;
    let error = "";
    const begun = Date.now();
    try {
      await walk();
    } catch (e) {
      error = String(e instanceof Error ? e.message : e);
      failed = true;
    }
    console.log(JSON.stringify({ name, error, ms: Date.now() - begun }));
  }
}
await browser.close();
process.exitCode = failed ? 1 : 0;
