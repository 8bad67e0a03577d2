// Python in a worker of its own, so that the page never waits. It starts from an image of its memory where this browser
// keeps one of this very version, and makes one where it does not.
const VERSION = "{{ version }}"; // of all that Python runs: an image of another version holds another course's code
const home = new URL(`../../python/${VERSION}/`, self.location).href, marks = {}, begun = performance.now();
const mark = (name) => (marks[name] = Math.round(performance.now() - begun));

// the largest file travels compressed, whatever the server does
const plain = self.fetch;
self.fetch = async (file, ...more) => {
  const name = String(file.url ?? file);
  if (!name.endsWith(".wasm")) return plain(file, ...more);
  const packed = await plain(`${name}.packed`, ...more);
  if (!packed.ok) return packed;
  return new Response(packed.body.pipeThrough(new DecompressionStream("gzip")), { headers: { "Content-Type": "application/wasm" } });
};

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
    return shelf && (await done(shelf.transaction("images").objectStore("images").get(VERSION)));
  } catch {
    return null;
  }
}
async function keep(shelf, image) {
  const images = shelf.transaction("images", "readwrite").objectStore("images");
  images.clear(); // those of older versions too
  if (image) images.put(image, VERSION);
}

async function start() {
  const shelves = await shelf(), image = await read(shelves);
  mark("shelf");
  const code = plain(`${home}lrcourse.json.packed`).then((answer) => {
    if (!answer.ok) throw new Error(`lrcourse.json.packed: ${answer.status}`);
    return new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).json();
  });
  const { loadPyodide } = await import(`${home}pyodide.mjs`);
  mark("script");
  const usual = { indexURL: home, checkAPIVersion: false };
  let python, fresh = !image;
  try {
    python = await loadPyodide({ ...usual, ...(image ? { _loadSnapshot: image } : shelves ? { _makeSnapshot: true } : {}) });
  } catch (error) {
    if (!image && !shelves) throw error;
    if (shelves) await keep(shelves, null).catch(() => {});
    python = await loadPyodide(usual);
    fresh = false;
  }
  mark("python");
  for (const [path, text] of Object.entries(await code)) { // of files an image knows nothing
    python.FS.mkdirTree(`/home/pyodide/${path.replace(/\/[^/]*$/, "")}`);
    python.FS.writeFile(`/home/pyodide/${path}`, text);
  }
  mark("files");
  python.runPython("import importlib, sys; importlib.invalidate_caches(); sys.dont_write_bytecode = True; import lrcourse.site.browser, lrcourse.widgets");
  mark("course");
  let made = null;
  if (fresh && shelves) {
    try {
      made = python.makeMemorySnapshot();
    } catch { /* then the next visit starts as this one did */ }
    mark("image");
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
