// Builds native controls from Python's list, sends their positions, shows the pictures and words that come back.
// It computes nothing: what it shows is what Python drew for these positions, perhaps ahead of the hand.
const make = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};
// A text that changes stays the same node: one that goes and comes has the page ask every :has() around it anew, style all
// that is within, and lay it out.
const write = (node, text) => {
  if (node.textContent === text) return;
  if (node.firstChild) node.firstChild.data = text;
  else node.textContent = text;
};
const slides = (spec) => ["slider", "number"].includes(spec?.kind);
const plain = (text) => text.replace(/[⟨⟩]/g, "");

function build(spec, moved, note) {
  const presses = ["button", "keep"].includes(spec.kind);
  const row = make("label", `lrc-control lrc-${spec.kind}`);
  const name = make("span", "lrc-label", spec.label);
  let input, show = () => {};
  if (slides(spec)) {
    const value = make("span", "lrc-value"); // no <output>: that would speak beside aria-valuetext
    value.setAttribute("aria-hidden", "true");
    input = Object.assign(make("input"), { type: "range", min: 0, max: spec.texts.length - 1, step: 1 });
    show = () => {
      write(value, spec.texts[input.value]);
      input.setAttribute("aria-valuetext", spec.texts[input.value]);
    };
    row.append(name, value, input);
    if (spec.kind === "number") { // the range is there for keys and screen readers; the hand has the number itself
      name.remove();
      row.prepend(input);
      pull(value, input);
    }
  } else if (spec.kind === "choice") {
    input = make("select");
    spec.texts.forEach((text, i) => input.append(new Option(text, i)));
    row.append(name, input);
  } else if (spec.kind === "toggle") {
    input = Object.assign(make("input"), { type: "checkbox" });
    row.append(input, name);
  } else {
    input = Object.assign(make("button", "", spec.label), { type: "button" });
    row.append(input);
  }
  input.name = spec.name;
  input.setAttribute("aria-label", spec.label);
  const read = () => (spec.kind === "toggle" ? Number(input.checked) : Number(input.value));
  const place = (position) => {
    if (presses || read() === position) return;
    if (spec.kind === "toggle") input.checked = Boolean(position);
    else input.value = position;
    show();
  };
  const pressed = spec.kind === "keep" ? note : (count) => (count ?? 0) + 1;
  if (presses) input.addEventListener("click", () => moved(spec.name, pressed));
  else input.addEventListener("input", () => { show(); moved(spec.name, read); });
  place(spec.default);
  show();
  return { spec, row, input, place };
}

// Says when Python is busy or gone. JupyterLab's manager has a kernel to watch; elsewhere there is none.
const ENDED = ["restarting", "autorestarting", "terminating", "dead"];
function watchKernel(model, alert, controls, isOwed) {
  const kernel = model.widget_manager?.kernel;
  let gone = false, timer = 0;
  function tell(late) {
    gone ||= Boolean(kernel && (kernel.isDisposed || ENDED.includes(kernel.status)));
    const usual = "Waiting for Python: it is busy, perhaps with another cell.";
    const busy = late && isOwed() ? model.busy?.() || usual : ""; // whoever shows it elsewhere says why it waits
    write(alert, gone ? "Python has ended or was restarted: run this cell again." : busy);
    controls.disabled = gone;
  }
  const changed = () => tell(false);
  kernel?.statusChanged?.connect(changed);
  kernel?.disposed?.connect(changed);
  return {
    asked() { clearTimeout(timer); timer = setTimeout(tell, 1500, true); },
    answered() { clearTimeout(timer); tell(false); },
    off() {
      clearTimeout(timer);
      kernel?.statusChanged?.disconnect(changed);
      kernel?.disposed?.disconnect(changed);
    },
  };
}

function codeBox() {
  const box = make("details", "lrc-code"), copy = Object.assign(make("button", "", "Copy"), { type: "button" });
  const listing = make("code"), frame = make("pre");
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", "PyTorch code");
  frame.append(listing);
  box.append(make("summary", "", "The same in PyTorch"), copy, frame);
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(listing.textContent);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(listing);
      copy.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  });
  return { box, listing };
}

// What moves stays in sight of the hand that moves it (position: sticky), but JupyterLab's boxes around an output would hold
// it back. They are marked one by one: a rule with :has() would have all in the cell styled anew at every move.
function openBoxes(root) {
  const cell = root.closest(".jp-Cell"), boxes = [];
  for (let box = cell && root.parentElement; box; box = box === cell ? null : box.parentElement) boxes.push(box);
  for (const box of boxes) box.classList.add("lrc-open");
  return () => boxes.forEach((box) => box.querySelector(".lrc") || box.classList.remove("lrc-open"));
}

function render({ model, el }) {
  const specs = model.get("specs"), controls = {};
  const placeOf = (state) => specs.map((spec) => state[spec.name] ?? spec.default);
  const sentence = specs.some((spec) => spec.kind === "number"); // a sentence: its numbers are the controls
  const root = make("section", sentence ? "lrc lrc-told" : "lrc"), side = make("fieldset", sentence ? "lrc-sentence" : "lrc-controls");
  root.setAttribute("aria-label", model.get("title"));
  const ahead = lookAhead(model, specs, placeOf, (left) => {
    if (root.dataset.ahead !== String(left)) root.dataset.ahead = left;
    if (isOwed()) paint();
  });
  let here = model.get("state"); // where the hand is; Python hears of it at once, or once it rests if the view is known
  let rest = 0, drawing = 0, again = false, clock = 0, ticking = 0, latest = null, drawn = null;

  const push = () => {
    clearTimeout(rest);
    rest = 0;
    model.set("state", here);
    model.save_changes();
    kernel.asked();
    ahead.ask();
  };
  const look = (spec) => {
    ahead.hold(here, spec);
    ahead.ask();
  };
  const paint = () => { // at once, and not twice in a frame
    again = Boolean(drawing);
    if (drawing) return;
    draw();
    drawing = requestAnimationFrame(() => { drawing = 0; if (again) paint(); });
  };
  const moved = (name, next) => {
    here = { ...here, [name]: next(here[name]) };
    const spec = controls[name]?.spec;
    ahead.hold(here, spec, true);
    clearTimeout(rest);
    if (ahead.works && slides(spec)) { // its views come ahead, this one first; a message more would only delay them
      rest = setTimeout(() => { push(); look(); }, 150);
      if (!ahead.at(here)) ahead.ask();
    } else push();
    paint();
  };

  // what a button keeps: where controls stand, in the words that they show; pressed again at the same place it lets go
  const noteOf = (spec) => (noted) => {
    const word = (name) => controls[name].spec.texts[here[name]] ?? here[name];
    const words = spec.keeps.map((name) => `${name}=${word(name)}`).join(", ");
    return words === noted ? 0 : words;
  };

  const alert = make("p", "lrc-alert"), status = make("p", "lrc-status"), warnings = make("ul", "lrc-warnings");
  const asked = make("p", "lrc-asked"), pieces = [];
  asked.setAttribute("aria-live", "polite");
  alert.setAttribute("role", "alert");
  status.setAttribute("role", "status");
  warnings.setAttribute("aria-live", "polite");
  const players = [];
  const speak = (aloud) => {
    status.setAttribute("aria-live", aloud ? "polite" : "off");
    if (aloud) status.textContent = "";
    if (aloud) write(status, plain(drawn.status));
  };
  const piece = () => {
    pieces.push(make("span"));
    side.append(pieces.at(-1));
  };
  for (const spec of specs) {
    if (sentence) piece();
    let group = sentence ? side : side.querySelector(`[data-group="${spec.group}"]`);
    if (!group) {
      group = make("fieldset");
      group.dataset.group = spec.group;
      if (spec.group) group.append(make("legend", "", spec.group));
      side.append(group);
    }
    const { row, input } = (controls[spec.name] = build(spec, moved, noteOf(spec)));
    for (const event of ["pointerenter", "pointerdown", "focusin"]) row.addEventListener(event, () => look(spec));
    input.addEventListener("change", () => rest && push());
    group.append(row);
    if (!spec.plays) continue;
    const { button, stop } = player(spec, input, () => isOwed(), speak);
    for (const event of ["pointerenter", "focusin"]) button.addEventListener(event, () => look(spec));
    players.push(stop);
    group.append(button);
  }
  if (sentence) {
    piece();
    side.append(make("small", "", "Drag a number, or move it with the arrow keys."));
  }
  if (model.get("resets")) {
    const reset = Object.assign(make("button", "lrc-reset", "Reset"), { type: "button" });
    reset.addEventListener("click", () => {
      here = { ...here, reset: (here.reset ?? 0) + 1 };
      for (const spec of specs) if (spec.kind !== "button") here[spec.name] = spec.default;
      push();
      follow();
    });
    side.append(reset);
  }

  const pictures = make("div", "lrc-pictures");
  pictures.setAttribute("role", "group");
  pictures.setAttribute("aria-label", "pictures");
  const panes = model.get("view").panes.map((svg) => {
    const pane = make("div", "lrc-pane"), back = make("div", "lrc-back"), front = make("div", "lrc-front");
    pane.style.aspectRatio = svg.match(/viewBox="0 0 (\d+ \d+)"/)?.[1].replace(" ", "/");
    pane.append(back, front);
    pictures.append(pane);
    holdPictures(pane, controls);
    return { back, front, drawn: { back: "", front: "" } };
  });
  const code = codeBox();

  const isOwed = () => String(drawn?.at) !== String(placeOf(here)); // moved there and back: nothing is
  const kernel = watchKernel(model, alert, side, isOwed);
  function draw() {
    const exact = String(latest.at) === String(placeOf(here)) ? latest : ahead.at(here);
    const view = exact ?? ahead.near(here) ?? latest;
    panes.forEach((pane, i) => {
      for (const [layer, svg] of [["back", view.backs[i]], ["front", view.panes[i]]]) {
        if (pane.drawn[layer] !== svg) redraw(pane[layer], pane.drawn[layer], svg);
        pane.drawn[layer] = svg;
      }
    });
    if (sentence) view.status.split(/⟨[^⟩]*⟩/).forEach((text, i) => write(pieces[i], text));
    write(asked, view.asked ?? ""); // read aloud before how it stands
    if (!sentence || (drawn && drawn !== view)) write(status, plain(view.status)); // a sentence is spoken once it changes
    drawn = view;
    if (asked.hidden !== !view.asked) asked.hidden = !view.asked;
    while (warnings.children.length > view.warnings.length) warnings.lastChild.remove();
    while (warnings.children.length < view.warnings.length) warnings.append(make("li"));
    view.warnings.forEach((text, i) => write(warnings.children[i], text));
    write(code.listing, view.code);
    if (code.box.hidden !== !view.code) code.box.hidden = !view.code;
    if (view.clock !== clock) {
      clearInterval(ticking);
      clock = view.clock;
      if (clock) ticking = setInterval(() => moved("tick", (tick) => (tick ?? 0) + 1), clock);
    }
  }
  function follow() {
    if (rest) return; // the hand is ahead of Python
    here = model.get("state");
    for (const name in controls) controls[name].place(here[name]);
    look();
  }
  function answered() {
    latest = { ...model.get("view"), backs: model.get("backs") };
    ahead.keep(latest);
    paint();
    kernel.answered();
    if (String(latest.at) === String(placeOf(here))) look(); // the hand rests
  }
  model.on("change:view", answered);
  model.on("change:backs", answered);
  const told = () => model.get("state") === here || follow(); // not of what we ourselves have just told
  model.on("change:state", told);
  answered();
  follow();

  const shown = make("div", "lrc-shown"), said = make("div", "lrc-said"), body = make("div", "lrc-body");
  // where the pictures scroll sideways arrow keys must get at them; what gets the focus must not lie under what stays
  let closeBoxes = () => {};
  const sized = new ResizeObserver(() => {
    closeBoxes();
    closeBoxes = openBoxes(root);
    pictures.tabIndex = pictures.scrollWidth > pictures.clientWidth + 1 ? 0 : -1;
    root.style.setProperty("--lrc-stays", `${shown.offsetHeight}px`);
  });
  said.append(alert, status, warnings);
  shown.append(pictures, said);
  body.append(...(sentence ? [side, shown] : [shown, side]));
  root.append(asked, body, code.box);
  for (const node of [pictures, shown]) sized.observe(node);
  const giveBackKeys = shareKeys(root);
  el.append(root);
  return () => {
    clearInterval(ticking);
    players.forEach((stop) => stop());
    clearTimeout(rest);
    cancelAnimationFrame(drawing);
    sized.disconnect();
    ahead.off();
    kernel.off();
    giveBackKeys();
    root.remove();
    closeBoxes();
    model.off("change:view", answered);
    model.off("change:backs", answered);
    model.off("change:state", told);
  };
}

export default { render };
