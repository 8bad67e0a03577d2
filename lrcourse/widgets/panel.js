// Builds native controls from the kernel's list, sends their positions, draws the pictures and words that come back.
const make = (tag, className, text) => {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
};

function build(spec, send) {
  const row = make("label", `lrc-control lrc-${spec.kind}`);
  const name = make("span", "lrc-label", spec.label);
  let input, show = () => {};
  if (spec.kind === "slider") {
    const value = make("span", "lrc-value"); // no <output>: that would speak beside aria-valuetext
    value.setAttribute("aria-hidden", "true");
    input = Object.assign(make("input"), { type: "range", min: 0, max: spec.texts.length - 1, step: 1 });
    show = () => {
      value.textContent = spec.texts[input.value];
      input.setAttribute("aria-valuetext", spec.texts[input.value]);
    };
    row.append(name, value, input);
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
  const write = (position) => {
    if (spec.kind !== "button" && read() === position) return;
    if (spec.kind === "toggle") input.checked = Boolean(position);
    else if (spec.kind !== "button") input.value = position;
    show();
  };
  if (spec.kind === "button") input.addEventListener("click", () => send(spec.name, (state) => (state ?? 0) + 1));
  else input.addEventListener("input", () => { show(); send(spec.name, read); });
  write(spec.default);
  show();
  return { row, input, write };
}

function render({ model, el }) {
  const root = make("section", "lrc");
  root.setAttribute("aria-label", model.get("title"));
  const send = (name, next) => {
    const state = model.get("state");
    model.set("state", { ...state, [name]: next(state[name]) });
    model.save_changes();
  };

  const controls = {};
  const side = make("div", "lrc-controls");
  for (const spec of model.get("specs")) {
    let group = side.querySelector(`[data-group="${spec.group}"]`);
    if (!group) {
      group = make("fieldset");
      group.dataset.group = spec.group;
      if (spec.group) group.append(make("legend", "", spec.group));
      side.append(group);
    }
    controls[spec.name] = build(spec, send);
    group.append(controls[spec.name].row);
  }
  const reset = Object.assign(make("button", "lrc-reset", "Reset"), { type: "button" });
  reset.addEventListener("click", () => {
    const state = { ...model.get("state") };
    for (const spec of model.get("specs")) if (spec.kind !== "button") state[spec.name] = spec.default;
    state.reset = (state.reset ?? 0) + 1;
    model.set("state", state);
    model.save_changes();
    follow();
  });
  if (model.get("resets")) side.append(reset);

  const pictures = make("div", "lrc-pictures");
  const panes = model.get("view").panes.map(() => {
    const pane = make("div", "lrc-pane"), back = make("div", "lrc-back"), front = make("div", "lrc-front");
    pane.append(back, front);
    pictures.append(pane);
    hold(pane);
    return { back, front };
  });

  // a press or drag over a grab box moves that box's slider: the hand on the picture is a hand on the control
  function hold(pane) {
    const move = (event) => {
      for (const box of pane.querySelectorAll("[data-grab]")) {
        const r = box.getBoundingClientRect();
        if (event.clientX < r.left || event.clientX >= r.right) continue;
        const { input } = controls[box.dataset.grab];
        const part = Math.min(1, Math.max(0, (r.bottom - event.clientY) / r.height));
        input.value = Math.round(part * input.max);
        input.dispatchEvent(new Event("input"));
      }
    };
    pane.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("[data-grab]")) return;
      pane.setPointerCapture(event.pointerId);
      event.preventDefault();
      move(event);
    });
    pane.addEventListener("pointermove", (event) => pane.hasPointerCapture(event.pointerId) && move(event));
  }

  const status = make("p", "lrc-status");
  status.setAttribute("role", "status");
  status.setAttribute("aria-live", "polite");
  const warnings = make("ul", "lrc-warnings");
  warnings.setAttribute("aria-live", "polite");
  const code = make("details", "lrc-code"), copy = Object.assign(make("button", "", "Copy"), { type: "button" });
  const listing = make("code"), frame = make("pre");
  code.open = true;
  frame.tabIndex = 0;
  frame.setAttribute("aria-label", "PyTorch code");
  frame.append(listing);
  code.append(make("summary", "", "The same in PyTorch"), copy, frame);
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

  const write = (node, text) => node.textContent === text || (node.textContent = text);
  let clock = 0, timer;
  function draw() {
    const view = model.get("view");
    view.panes.forEach((svg, i) => (panes[i].front.innerHTML = svg));
    write(status, view.status);
    if (warnings.dataset.said !== view.warnings.join("\n")) {
      warnings.dataset.said = view.warnings.join("\n");
      warnings.replaceChildren(...view.warnings.map((text) => make("li", "", text)));
    }
    write(listing, view.code);
    code.hidden = !view.code;
    if (view.clock !== clock) {
      clearInterval(timer);
      clock = view.clock;
      if (clock) timer = setInterval(() => send("tick", (tick) => (tick ?? 0) + 1), clock);
    }
  }
  const scenery = () => model.get("backs").forEach((svg, i) => (panes[i].back.innerHTML = svg));
  function follow() {
    const state = model.get("state");
    for (const name in controls) controls[name].write(state[name]);
  }
  model.on("change:view", draw);
  model.on("change:backs", scenery);
  model.on("change:state", follow);
  scenery();
  draw();
  follow();
  const body = make("div", "lrc-body");
  const said = make("div", "lrc-said");
  said.append(status, warnings);
  body.append(side, pictures, said);
  root.append(body, code);
  // JupyterLab's shortcuts (arrow left: fold the headings) leave alone what bears this mark, on the very element
  for (const node of root.querySelectorAll("input, select, button, summary, pre")) node.dataset.lmSuppressShortcuts = "true";
  el.append(root);
  return () => {
    clearInterval(timer);
    model.off("change:view", draw);
    model.off("change:backs", scenery);
    model.off("change:state", follow);
  };
}

export default { render };
