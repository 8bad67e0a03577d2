// The page's line to Python: one call on its way at a time, and an end to calls that never come back.
import { progress } from "./kept.js";

const PATIENCE = 8000; // ms for one call; a loop that Python itself cannot cut is ended with its worker
let worker = null, up = null, current = null, tells = [];
const waiting = [];
export const measured = { begun: 0, ready: 0, marks: {} };

const say = (state) => {
  document.body.dataset.python = state;
  for (const tell of tells) tell(state);
};
// tell(state): called with "starting", "ready", "stopped" (it starts again) or "none" (it could not start)
export const listen = (tell) => tells.push(tell);
export const isReady = () => document.body.dataset.python === "ready";

export function start() {
  if (up) return up;
  measured.begun = performance.now();
  say("starting");
  up = new Promise((good, bad) => {
    const fail = (why) => {
      worker?.terminate();
      clearTimeout(current?.clock);
      current?.bad(new Error(why));
      current = null;
      [worker, up] = [null, null]; // whatever is asked next tries again: a server may be back
      say("none");
      bad(new Error(`Python could not start here: ${why}. Try again when the network is back, or in another browser.`));
    };
    try {
      worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    } catch (error) {
      return fail(error.message);
    }
    worker.onerror = (event) => fail(event.message ?? "the worker did not load");
    worker.onmessage = ({ data }) => {
      if (data.failed) return fail(data.failed);
      if (data.ready) {
        Object.assign(measured, data, { ready: performance.now() - measured.begun });
        current = { good() {}, bad() {} }; // a new Python knows nothing of the reader's progress
        worker.postMessage({ id: 0, call: "browser.restore", args: [JSON.stringify(progress.all())] });
        say("ready");
        return good();
      }
      clearTimeout(current.clock);
      const { good: answered, bad: refused } = current;
      current = null;
      "error" in data ? refused(new Error(data.error)) : answered(data.answer);
      next();
    };
  });
  up.catch(() => {});
  return up;
}

function next() {
  if (current || !waiting.length || !isReady()) return;
  current = waiting.shift();
  current.clock = setTimeout(stop, PATIENCE);
  worker.postMessage({ id: current.id, call: current.call, args: current.args() });
}

// End what runs now and start Python again; what waited goes on waiting.
export function stop() {
  worker.terminate();
  const ended = current;
  [worker, up, current] = [null, null, null];
  ended?.bad(Object.assign(new Error("stopped"), { stopped: true }));
  say("stopped");
  start().then(next, giveUp);
}
const giveUp = (error) => waiting.splice(0).forEach((one) => one.bad(error));

let last = 0;
// args: the arguments, or a function that gives them when their turn has come
export function ask(call, args) {
  const answer = new Promise((good, bad) => {
    waiting.push({ id: ++last, call, args: typeof args === "function" ? args : () => args, good, bad });
  });
  start().then(next, giveUp);
  return answer;
}
