import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const folder = new URL("../src/", import.meta.url);

/** The classes that a file gives a look to by themselves, wherever they stand: not `.upload .flag`, not `.flag.done`. */
function looks(css: string): string[] {
  const selectors = css
    .replaceAll(/\/\*.*?\*\//gs, "")
    .split("{")
    .flatMap((part) => (part.split("}").at(-1) ?? "").split(","));
  return selectors.flatMap((s) => /^\s*\.([\w-]+)(?=\s|$|>|:)/.exec(s)?.[1] ?? []);
}

it("finds what a class looks like by itself", () => {
  expect(looks(".a, .b > p { x: y }\n@media print { .c:hover { x: y } .d.e { x: y } }\nmain .f { x: y }")).toEqual([
    "a",
    "b",
    "c",
  ]);
});

// Sheets of views are loaded when the view is first opened and stay: what they
// give a look to must not look otherwise on another view.
it("gives each class its look in one sheet", () => {
  const sheets: Record<string, Set<string>> = {};
  for (const name of readdirSync(folder).filter((n) => n.endsWith(".css"))) {
    for (const c of looks(readFileSync(new URL(name, folder), "utf8"))) {
      sheets[c] = (sheets[c] ?? new Set()).add(name);
    }
  }
  const shared = Object.entries(sheets).filter(([, of]) => of.size > 1);
  expect(shared.map(([c, of]) => `${c}: ${[...of].join(", ")}`)).toEqual([]);
});
