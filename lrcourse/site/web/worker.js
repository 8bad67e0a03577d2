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

// An image lies in a file of this browser's own for the page: 15 MB come from there in a tenth of the time that a database
// takes. First its length, the number of its pieces that are not empty (over half are) and where they belong, then these.
const PIECE = 1 << 16; // bytes
async function shelf() { // the folder for images; null where this browser keeps nothing for this page
  try {
    const all = await navigator.storage.getDirectory();
    return await all.getDirectoryHandle(`lrcourse${new URL("../../", self.location).pathname}`.replaceAll("/", " "), { create: true });
  } catch {
    return null;
  }
}
async function read(shelf) {
  let file = null;
  try {
    file = await (await shelf.getFileHandle(VERSION)).createSyncAccessHandle({ mode: "read-only" }); // two tabs may read
    const head = new Uint32Array(2);
    file.read(head, { at: 0 });
    const [length, count] = head, full = new Uint32Array(count), start = 8 + 4 * count;
    if (!count || file.getSize() !== start + count * PIECE) return null; // a tab was closed while it wrote
    file.read(full, { at: 8 });
    const image = new Uint8Array(length);
    for (let from = 0, to = 1; from < count; from = to++) { // pieces that lie side by side at once
      while (to < count && full[to] === full[to - 1] + PIECE) to += 1;
      file.read(image.subarray(full[from], full[from] + (to - from) * PIECE), { at: start + from * PIECE });
    }
    return image;
  } catch {
    return null;
  } finally {
    file?.close();
  }
}
async function keep(shelf, image) {
  for await (const name of shelf.keys()) await shelf.removeEntry(name); // those of older versions too
  if (!image) return;
  const file = await (await shelf.getFileHandle(VERSION, { create: true })).createSyncAccessHandle();
  try {
    const words = new Uint32Array(image.buffer, image.byteOffset, image.length / 4), full = [];
    for (let at = 0; at < words.length; at += PIECE / 4) if (words.subarray(at, at + PIECE / 4).some(Boolean)) full.push(4 * at);
    const start = 8 + 4 * full.length;
    full.forEach((at, i) => file.write(image.subarray(at, at + PIECE), { at: start + i * PIECE }));
    file.write(new Uint32Array([image.length, full.length, ...full]), { at: 0 }); // last: only now it can be read
  } finally {
    file.close();
  }
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
