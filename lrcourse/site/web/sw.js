// Keeps the whole site for later: offline after one visit. A page is asked for anew at every visit, and what belongs to it
// carries its version in its address, so that a new version is there at the next visit and never mixed with the old one.
const FILES = {{ files }}; // path: the mark of its content that its address carries, or "" where the path does
const home = new URL("./", self.location), OURS = `lrcourse ${home.pathname} `, STORE = `${OURS}{{ version }}`;
const PATIENCE = 3000; // ms that a page may take to come before the kept one is shown
const address = (path) => new URL(FILES[path] ? `${path}?${FILES[path]}` : path, home).href;
const isPage = (path) => path.endsWith(".html");

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const store = await caches.open(STORE);
  const older = await Promise.all((await caches.keys()).filter((name) => name.startsWith(OURS)).map((name) => caches.open(name)));
  for (const path of Object.keys(FILES)) { // one after the other: the reader's own requests go first
    let kept = null;
    for (const other of isPage(path) ? [] : older) kept ??= await other.match(address(path));
    kept ??= await fetch(address(path), isPage(path) ? { cache: "no-cache" } : {});
    if (!kept.ok) throw new Error(`${path}: ${kept.status}`);
    if (path.endsWith(".wasm.bin")) // unpacked once, for Python's worker
      await store.put(address(path).replace(/\.bin$/, ""), new Response(kept.body.pipeThrough(new DecompressionStream("gzip")), { headers: { "Content-Type": "application/wasm" } }));
    else await store.put(address(path), kept);
  }
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith(OURS) && name !== STORE) await caches.delete(name);
  await self.clients.claim();
})()));

async function page(request, path) {
  const kept = await (await caches.open(STORE)).match(address(path));
  const late = kept && new Promise((good) => setTimeout(good, PATIENCE, kept));
  try {
    return await Promise.race([fetch(request), ...(late ? [late] : [])]);
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
const thing = async (request, path) => (await (await caches.open(STORE)).match(address(path))) ?? fetch(request);

self.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== home.origin || !pathname.startsWith(home.pathname)) return;
  const path = decodeURIComponent(pathname.slice(home.pathname.length)).replace(/(^|\/)$/, "$1index.html");
  if (!(path in FILES)) return;
  if (isPage(path)) event.respondWith(page(request, path));
  else if (search.slice(1) === FILES[path]) event.respondWith(thing(request, path));
});
