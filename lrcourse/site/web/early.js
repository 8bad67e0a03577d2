// A reader who was here before has the whole site in this browser: nothing else needs the line, so Python starts at once.
import { start } from "./python.js";

if (navigator.serviceWorker?.controller) start().catch(() => {});
