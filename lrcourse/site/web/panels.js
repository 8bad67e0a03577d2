// Puts a panel where its still picture stands: movable at once, answered by Python as soon as Python is up.
import widget from "./panel.js";
import { progress } from "./kept.js";
import { ask, isReady, listen } from "./python.js";

let life = 0; // of Python: a panel belongs to the one that made it
listen((state) => ["stopped", "none"].includes(state) && (life += 1));
export const moves = []; // ms from a move to its picture, for whoever measures

function modelOf(place, data) {
  const listeners = [], key = place.dataset.panel;
  const history = []; // what a panel with a memory has been through
  let opened = -1, busy = false, newer = false;
  const send = () => {
    if (opened === life) return ask("browser.move", () => [key, JSON.stringify(data.state)]);
    const all = () => JSON.stringify(data.ahead ? [data.state] : history);
    return ask("browser.open_panel", () => { opened = life; return [key, data.setup, data.source, all()]; });
  };
  const model = {
    get: (name) => (name === "ahead" ? false : data[name]), // every move is answered within a frame: nothing to foresee
    set: (name, value) => { data[name] = value; },
    on: (event, call) => listeners.push([event, call]),
    off: () => {},
    busy: () => (isReady() ? "" : document.body.dataset.python === "none"
      ? "Python could not start: the picture stays as it is. The next move tries again." : "Python is starting: your move is kept."),
    save_changes: async () => {
      if (!data.ahead) history.push(data.state);
      newer = busy;
      if (busy) return;
      busy = true;
      const from = performance.now(), ready = isReady();
      try {
        const news = JSON.parse(await send());
        if (news.kept) progress.keep(news.kept); // the score of a guess or a challenge
        if (newer) delete news.state; // the hand has moved on
        const changed = (name) => JSON.stringify(news[name]) !== JSON.stringify(data[name]);
        const fresh = ["state", "view", "backs"].filter((name) => name in news && changed(name));
        for (const name of fresh) data[name] = news[name];
        for (const [event, call] of listeners) if (fresh.includes(event.slice(7))) call();
        if (ready) moves.push(performance.now() - from);
      } catch (error) {
        opened = -1;
        console.warn("lrcourse:", error.message);
      }
      busy = false;
      if (newer) model.save_changes();
    },
  };
  return model;
}

async function raise(place) {
  try {
    const answer = await fetch(place.dataset.panel);
    const data = await answer.json();
    widget.render({ model: modelOf(place, data), el: place });
    place.querySelector(".still").remove();
    place.dataset.up = "";
    tellApart();
  } catch (error) {
    console.warn("lrcourse:", error.message); // the still picture stays
  }
}

// Two panels of one title on a page: whoever goes from landmark to landmark hears which is which.
function tellApart() {
  const seen = new Map();
  for (const panel of document.querySelectorAll(".live section.lrc")) {
    const title = (panel.dataset.title ??= panel.getAttribute("aria-label")), count = (seen.get(title) ?? 0) + 1;
    seen.set(title, count);
    panel.setAttribute("aria-label", count > 1 ? `${title}, ${count}` : title);
  }
}

export function panels() {
  const near = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) { near.unobserve(target); raise(target); }
  }, { rootMargin: "800px" });
  document.querySelectorAll(".live").forEach((place) => near.observe(place));
}
