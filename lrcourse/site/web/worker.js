// Python in a worker of its own, so that the page never waits. It starts from an image of its memory where this browser
// keeps one of this very version, and makes one where it does not.
const VERSION = "{{ version }}"; // of all that Python runs: an image of another version holds another course's code
const LOCK = {{ lock }}; // Pyodide's list of packages: on this site there are none
const home = new URL(`../../python/${VERSION}/`, self.location).href, marks = {}, begun = performance.now();
const mark = (name) => (marks[name] = Math.round(performance.now() - begun));

const plain = self.fetch;
async function get(name) {
  const answer = await plain(home + name);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer;
}
const unpacked = async (name, type) => // what is large travels compressed, whatever the server does
  new Response((await get(name)).body.pipeThrough(new DecompressionStream("gzip")), { headers: { "Content-Type": type } });

// Pyodide asks for one thing after the other; here all of it is on its way at once, and there when Pyodide asks
async function machineCode() { // a service worker has laid it by unpacked
  let kept = null;
  try { kept = await self.caches?.match(`${home}pyodide.asm.wasm`); } catch { /* nothing is kept here */ }
  return kept ?? unpacked("pyodide.asm.wasm.bin", "application/wasm");
}
const compiled = WebAssembly.compileStreaming(machineCode());
const library = get("python_stdlib.zip").then((answer) => answer.arrayBuffer());
WebAssembly.instantiateStreaming = async (_, imports) => {
  const module = await compiled;
  return { module, instance: await WebAssembly.instantiate(module, imports) };
};
self.fetch = async (file, ...more) => {
  const name = String(file.url ?? file).slice(home.length);
  if (name === "pyodide.asm.wasm") return new Response(); // it is compiled already
  return name === "python_stdlib.zip" ? new Response(await library) : plain(file, ...more);
};
const script = import(`${home}pyodide.js`), machine = import(`${home}pyodide.asm.js`);
const course = unpacked("lrcourse.json.bin", "application/json").then((answer) => answer.json());
for (const one of [compiled, library, script, machine, course]) one.catch(() => {}); // told where it is awaited

const done = (request) => new Promise((good, bad) => {
  request.onsuccess = () => good(request.result);
  request.onerror = () => bad(request.error);
});
async function shelf() { // where images are kept; null where this browser keeps nothing for this page
  try {
    const asked = indexedDB.open(`lrcourse ${new URL("../../", self.location).pathname}`, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("images");
    return await done(asked);
  } catch {
    return null;
  }
}
async function read(shelf) {
  try {
    const packed = shelf && (await done(shelf.transaction("images").objectStore("images").get(VERSION)));
    return packed ? whole(packed) : null;
  } catch {
    return null;
  }
}
async function keep(shelf, image) {
  const images = shelf.transaction("images", "readwrite").objectStore("images");
  images.clear(); // those of older versions too
  if (image) images.put(packed(image), VERSION);
}
const PIECE = 1 << 16; // bytes; over half of a memory's pieces are empty, and reading them would be most of the wait
function packed(image) {
  const words = new Uint32Array(image.buffer, image.byteOffset, image.length / 4), full = [];
  for (let at = 0; at < words.length; at += PIECE / 4) if (words.subarray(at, at + PIECE / 4).some(Boolean)) full.push(4 * at);
  const bytes = new Uint8Array(full.length * PIECE);
  full.forEach((at, i) => bytes.set(image.subarray(at, at + PIECE), i * PIECE));
  return { length: image.length, full, bytes };
}
function whole({ length, full, bytes }) {
  const image = new Uint8Array(length);
  full.forEach((at, i) => image.set(bytes.subarray(i * PIECE, Math.min((i + 1) * PIECE, i * PIECE + length - at)), at));
  return image;
}

async function start() {
  const shelves = await shelf(), image = await read(shelves);
  mark("image read");
  const { loadPyodide } = await script;
  const usual = { indexURL: home, lockFileContents: LOCK, createPyodideModule: (await machine).default, checkAPIVersion: false };
  mark("scripts");
  const refused = Promise.all([compiled, library]).then(() => new Promise(() => {})); // else Pyodide waits for ever
  const load = (more) => Promise.race([loadPyodide({ ...usual, ...more }), refused]);
  let python, fresh = !image;
  try {
    python = await load(image ? { _loadSnapshot: image } : shelves ? { _makeSnapshot: true } : {});
  } catch (error) {
    if (!image && !shelves) throw error;
    if (shelves) await keep(shelves, null).catch(() => {});
    python = await load({});
    fresh = false;
  }
  mark("python");
  const utf8 = new TextEncoder(); // Emscripten's own way from a text to bytes takes ten times as long
  for (const [path, text] of Object.entries(await course)) { // of files an image knows nothing
    python.FS.mkdirTree(`/home/pyodide/${path.replace(/\/[^/]*$/, "")}`);
    python.FS.writeFile(`/home/pyodide/${path}`, utf8.encode(text), { canOwn: true });
  }
  mark("files");
  python.runPython("import importlib, sys; importlib.invalidate_caches(); sys.dont_write_bytecode = True; import lrcourse.site.browser, lrcourse.widgets");
  mark("course");
  let made = null;
  if (fresh && shelves) {
    try {
      made = python.makeMemorySnapshot();
    } catch { /* then the next visit starts as this one did */ }
    mark("image made");
  }
  const modules = { browser: python.pyimport("lrcourse.site.browser") };
  self.onmessage = ({ data: { id, call, args } }) => {
    try {
      const [name, work] = call.split(".");
      const module = (modules[name] ??= python.pyimport(`lrcourse.site.${name}`));
      postMessage({ id, answer: module[work](...args) });
    } catch (error) {
      postMessage({ id, error: String(error.message) });
    }
  };
  mark("ready");
  postMessage({ ready: true, marks, memory: python._module.HEAPU8.length, image: image ? image.length : 0 });
  if (made) await keep(shelves, made).catch(() => {});
}
start().catch((error) => postMessage({ failed: String(error.message ?? error) }));
