import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

// The build is the same, byte for byte, from the same sources: names carry a
// hash of their content and nothing else goes in.
export default defineConfig({
  base: "/",
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 1500,
  },
  plugins: [shell("dist")],
  server: { proxy: { "/v1": "http://127.0.0.1:8080", "/tiles": "http://127.0.0.1:8080" } },
});

/** Writes the service worker with the names of the shell's files, and every text packed beside itself. */
function shell(dist: string): Plugin {
  return {
    name: "parus-shell",
    apply: "build",
    closeBundle() {
      const index = readFileSync(join(dist, "index.html"), "utf8");
      const named = [...index.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((m) => m[1] ?? "");
      const worker = readFileSync("sw.js", "utf8");
      const version = createHash("sha256").update(index).update(worker).digest("hex").slice(0, 12);
      const files = ["/", ...new Set(named)];
      writeFileSync(
        join(dist, "sw.js"),
        worker.replace('"VERSION"', JSON.stringify(version)).replace('["FILES"]', JSON.stringify(files)),
      );
      for (const folder of [dist, join(dist, "assets")]) {
        for (const name of readdirSync(folder)) {
          if (!/\.(js|mjs|css|html|svg|webmanifest)$/.test(name)) continue;
          const path = join(folder, name);
          const data = readFileSync(path);
          writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
          const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length };
          writeFileSync(`${path}.br`, brotliCompressSync(data, { params }));
        }
      }
    },
  };
}
