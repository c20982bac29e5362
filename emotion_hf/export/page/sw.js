// Keeps all files of the page, so that it works offline. The export fills in the version and the files.

const PREFIX = `emotion_hf ${self.registration.scope} `, CACHE = PREFIX + VERSION;

self.addEventListener("install", (event) => {
  const requests = FILES.map((name) => new Request(name, {cache: "no-cache"})); // not from an older export
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(answer(event.request));
});

async function tidy() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(request) {
  const kept = await (await caches.open(CACHE)).match(request, {ignoreSearch: true});
  return kept ?? fetch(request);
}
