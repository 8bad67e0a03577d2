// Brings a page to life: its panels, its exercises, its cells; then what makes the site work without a network.
import { panels, moves } from "./panels.js";
import { start, listen, isReady, measured } from "./python.js";

window.lrcourse = { measured, moves }; // read by the benchmark
panels();
if (document.querySelector("#handin, [data-cell]")) import("./cells.js").then(({ cells }) => cells());

const quiet = window.requestIdleCallback ?? ((call) => setTimeout(call, 300));
const begin = () => quiet(() => start().catch(() => {}), { timeout: 1500 });
const sparing = navigator.connection?.saveData; // then Python comes with the first move
if (!sparing) document.readyState === "complete" ? begin() : addEventListener("load", begin);

// the worker that keeps the site for later fetches everything: only once Python no longer needs the line
let asked = false;
const keepAll = async (state) => {
  if (asked || state !== "ready" || sparing) return;
  asked = true;
  try { // a private window or a frame may refuse: by none, by an error, by a promise
    await navigator.serviceWorker?.register(new URL(`${document.body.dataset.up || "./"}sw.js`, location.href));
  } catch { /* then nothing is kept for later */ }
};
isReady() ? keepAll("ready") : listen(keepAll);
