// The page without a network: its own files and nothing else. What the server
// tells of people, parcels and tiles is never kept here; that is the server's to
// say, each time, to whoever is signed in.
const cacheName = `parus-${"VERSION"}`;
const files = ["FILES"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(files)));
});

self.addEventListener("activate", (event) => {
  const clear = async () => {
    for (const key of await caches.keys()) {
      if (key.startsWith("parus-") && key !== cacheName) await caches.delete(key);
    }
    await self.clients.claim();
  };
  event.waitUntil(clear());
});

// The page is asked for first and kept second, so that a new version shows at
// once. Files with a hash in their name never change.
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (/^\/(v1|tiles|docs|ogc|openapi|metrics|healthz|readyz)/.test(url.pathname)) return;
    event.respondWith(fetch(request).catch(async () => (await caches.match("/")) ?? Response.error()));
    return;
  }
  if (url.pathname.startsWith("/assets/")) {
    event.respondWith(kept(request));
  } else if (files.includes(url.pathname)) {
    event.respondWith(fetch(request).catch(async () => (await caches.match(request)) ?? Response.error()));
  }
});

async function kept(request) {
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(cacheName)).put(request, answer.clone());
  return answer;
}
