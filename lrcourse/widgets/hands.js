// Another part of panel.js: what the hand does other than moving a control where it stands.
// A number in a sentence follows the hand sideways, a position every few pixels, whole range in a hand's width.
function pull(value, input) {
  let from = null;
  value.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, position: Number(input.value) };
    value.setPointerCapture(event.pointerId);
    event.preventDefault(); // no text selected
    input.focus();
  });
  value.addEventListener("pointermove", (event) => {
    if (!from || !value.hasPointerCapture(event.pointerId)) return;
    const stride = Math.max(2, Math.min(8, 400 / input.max)), before = input.value;
    input.value = from.position + Math.round((event.clientX - from.x) / stride);
    if (input.value !== before) input.dispatchEvent(new Event("input"));
  });
  for (const end of ["pointerup", "pointercancel"])
    value.addEventListener(end, () => {
      if (from) input.dispatchEvent(new Event("change"));
      from = null;
    });
}

// A button that moves a slider from where it is (from its start, if it is at its end) to its end, a place at a time; never
// on to the next before Python's picture of this one is there. Whoever wants less motion sees ten pictures of it.
function player(spec, input, isOwed, speak) {
  const button = Object.assign(make("button", "lrc-play", spec.plays), { type: "button" });
  let timer = 0;
  const stop = () => {
    if (!timer) return;
    clearInterval(timer);
    timer = 0;
    button.textContent = spec.plays;
    button.classList.remove("lrc-plays");
    speak(true);
    input.dispatchEvent(new Event("change"));
  };
  const go = (position) => {
    input.value = position;
    input.dispatchEvent(new Event("input"));
  };
  button.addEventListener("click", () => {
    if (timer) return stop();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches, stride = calm ? input.max / 10 : 1;
    button.textContent = "Stop";
    button.classList.add("lrc-plays");
    speak(false); // a screen reader cannot say fifteen sentences a second
    if (input.value === input.max) go(0);
    timer = setInterval(() => {
      if (input.value === input.max || input.matches(":disabled")) return stop();
      if (!isOwed()) go(Number(input.value) + stride);
    }, calm ? 700 : 60);
  });
  input.addEventListener("input", (event) => event.isTrusted && stop()); // the hand takes over
  return { button, stop };
}

// A press or drag over a grab box moves that box's slider: the hand on the picture is a hand on the control.
function holdPictures(pane, controls) {
  const move = (event) => {
    for (const box of pane.querySelectorAll("[data-grab]")) {
      const r = box.getBoundingClientRect();
      const across = box.classList.contains("across");
      if (!across && (event.clientX < r.left || event.clientX >= r.right)) continue;
      const { input } = controls[box.dataset.grab];
      const place = across ? (event.clientX - r.left) / r.width : (r.bottom - event.clientY) / r.height;
      const part = Math.min(1, Math.max(0, place));
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

// JupyterLab takes a key unless its very element bears a mark, and looks when the key comes down; a window's listener is
// earlier. Ours are the plain keys (arrow left would fold a heading); Shift+Enter, Escape and those with Ctrl, Alt, Cmd
// stay JupyterLab's.
function shareKeys(root) {
  const mark = (event) => {
    if (!root.contains(event.target)) return;
    const theirs = event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape";
    const run = event.shiftKey && event.key === "Enter";
    event.target.toggleAttribute("data-lm-suppress-shortcuts", !(theirs || run));
  };
  window.addEventListener("keydown", mark, true);
  return () => window.removeEventListener("keydown", mark, true);
}
