// A reader who was here before has the whole site in this browser: nothing else needs the line, so Python starts at once.
import { start } from "./python.js";

let here = false;
try { here = Boolean(navigator.serviceWorker?.controller); } catch { /* a fenced frame may not even ask */ }
if (here) start().catch(() => {});
