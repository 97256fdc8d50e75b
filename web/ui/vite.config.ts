import { defineConfig } from "vite";

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
  server: { proxy: { "/v1": "http://127.0.0.1:8080", "/tiles": "http://127.0.0.1:8080" } },
});
