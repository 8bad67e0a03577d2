// Cells that a reader writes in: the tasks and quizzes of an exercise, and the lesson's cells that run in this page.
import { ask, isReady } from "./python.js";
import { progress, answers } from "./kept.js";

const make = (tag, facts, ...inside) => {
  const node = Object.assign(document.createElement(tag), facts);
  node.append(...inside);
  return node;
};
const EDITOR = "{{ editor }}";
let editing = null; // fetched by the first cell that is written in
const editors = () => (editing ??= EDITOR ? import(EDITOR).catch(() => null) : Promise.resolve(null));
const STOPPED = "Stopped: your code did not come to an end within 8 seconds. Python starts again; what you wrote is kept.";

async function practise(call, args) {
  const said = JSON.parse(await ask(`attempts.${call}`, args));
  if (said.kept) progress.keep(said.kept);
  return said;
}

// A text field that grows; CodeMirror takes its place where it could be bundled.
function writing(source, label, run) {
  const field = make("textarea", { value: source, spellcheck: false, rows: source.split("\n").length + 1, autocapitalize: "off" });
  field.setAttribute("aria-label", label);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
  });
  field.addEventListener("input", () => (field.rows = field.value.split("\n").length + 1));
  const box = make("div", { className: "editor" }, field);
  let editor = null;
  const ready = editors().then((module) => { editor = module?.edit(field, run) ?? null; });
  return {
    box, field, ready,
    text: () => field.value,
    set: (text) => { editor ? editor.set(text) : (field.value = text); field.dispatchEvent(new Event("input")); },
    focus: () => (editor ?? field).focus(),
  };
}

function results() {
  const box = make("div", { className: "result" });
  box.setAttribute("role", "status");
  const lines = (className, text) => text && box.append(make("pre", { className, textContent: text.replace(/\s+$/, "") }));
  return {
    box,
    wait: () => box.replaceChildren(make("p", { className: "waits", textContent: isReady() ? "Running ..." : "Python is starting; your answer is checked as soon as it is up ..." })),
    width: () => Math.max(36, Math.min(100, Math.floor((box.parentNode.clientWidth - 24) / 8.2))),
    show(said) {
      box.replaceChildren();
      lines("out", said.text);
      lines("out report", said.report ?? "");
      lines("out wrong", said.error);
      if (said.picture) {
        const image = make("img", { alt: said.picture.alt, className: "drawn" });
        image.src = `data:image/svg+xml,${encodeURIComponent(said.picture.svg)}`;
        box.append(make("figure", {}, make("span", { className: "picture" }, image)));
        dispatchEvent(new Event("resize")); // theme.js looks what scrolls
      }
      box.classList.toggle("right", Boolean(said.ok));
    },
  };
}

// Runs one thing at a time in a cell and shows what came of it, also where it never ended.
function runner(shown, buttons) {
  let busy = false;
  return async (work) => {
    if (busy) return;
    busy = true;
    buttons().forEach((button) => (button.disabled = true));
    shown.wait();
    try {
      shown.show(await work());
    } catch (error) {
      shown.show({ text: "", error: error.stopped ? STOPPED : error.message });
    }
    busy = false;
    buttons().forEach((button) => (button.disabled = false));
  };
}

const number = (cell) => Number(cell.dataset.number);
const written = new Map(); // a task's element: what is written in it

function task(cell, store) {
  const name = cell.dataset.task, given = cell.querySelector("pre").textContent, shown = results();
  const check = make("button", { type: "button", className: "main", textContent: "Run and check" });
  const helps = make("button", { type: "button", textContent: "Hint" }), afresh = make("button", { type: "button", textContent: "Start over" });
  const run = runner(shown, () => [check, helps]);
  const go = () => run(() => practise("attempt", () => [JSON.stringify(above(cell)), name, shown.width()]));
  const editor = writing(store.get(name) ?? given, `Your ${name}`, go);
  written.set(cell, editor);
  editor.field.addEventListener("input", () => store.set(name, editor.text(), given));
  check.addEventListener("click", go);
  helps.addEventListener("click", () => run(() => practise("hint", () => [name, shown.width()])));
  afresh.addEventListener("click", () => { editor.set(given); editor.focus(); });
  const badge = make("span", { className: "badge" });
  progress.watch((all) => (badge.textContent = all[name]?.solved ? "solved" : ""));
  cell.replaceChildren(editor.box, make("div", { className: "buttons" }, check, helps, afresh, badge), shown.box);
}

// What Python must have run before this cell is judged: every cell above, as it is now.
function above(cell) {
  const cells = [...document.querySelectorAll(".given, .task")].filter((one) => number(one) <= number(cell));
  return cells.map((one) => [number(one), written.get(one)?.text() ?? one.querySelector("pre").textContent])
    .filter(([, text]) => !isTools(text));
}
const isTools = (text) => /^from lrcourse\.exercises import/.test(text); // what a notebook imports and a page has as buttons

function quiz(cell, store) {
  const name = cell.dataset.quiz, shown = results(), buttons = [];
  const run = runner(shown, () => buttons);
  const mark = () => buttons.forEach((button) => button.setAttribute("aria-pressed", String(store.get(name) === button.textContent)));
  for (const letter of cell.dataset.letters) {
    const button = make("button", { type: "button", textContent: letter });
    button.setAttribute("aria-label", `Answer ${letter}`);
    button.addEventListener("click", () => {
      store.set(name, letter);
      mark();
      run(() => practise("quiz", () => [name, letter, shown.width()]));
    });
    buttons.push(button);
  }
  mark();
  store.watch(mark);
  cell.replaceChildren(make("div", { className: "buttons" }, "Your answer:", ...buttons), shown.box);
}

function standing(cell) {
  const names = [...document.querySelectorAll(".task")].map((one) => one.dataset.task);
  const line = make("p", {}), marks = make("ul", { className: "marks" });
  progress.watch((all) => {
    const solved = names.filter((name) => all[name]?.solved).length;
    line.textContent = `You have solved ${solved} of ${names.length} tasks here.`;
    marks.replaceChildren(...names.map((name) => make("li", { className: all[name]?.solved ? "solved" : "" },
      make("code", { textContent: name }), all[name]?.solved ? " solved" : all[name] ? " begun" : " not begun")));
  });
  cell.replaceChildren(line, marks);
}

// The notebook with the reader's answers in it: what the grader takes, its metadata as they were.
function handIn(place, store) {
  const file = place.dataset.notebook, notice = make("p", { className: "notice" });
  notice.setAttribute("role", "status");
  const text = (source) => (Array.isArray(source) ? source.join("") : source);
  const identity = (cell) => cell.metadata?.nbgrader?.solution && cell.metadata.nbgrader.grade_id;
  const asked = (cell) => cell.cell_type === "code" && text(cell.source).match(/^check\("([^"]+)", "(.)"\)\s*$/);
  const down = make("button", { type: "button", className: "main", textContent: "Download my notebook" });
  const up = make("input", { type: "file", accept: ".ipynb,application/json", id: "mine" });
  down.addEventListener("click", async () => {
    const notebook = await (await fetch(file)).json();
    for (const cell of notebook.cells) {
      const name = identity(cell), question = asked(cell);
      if (name) cell.source = [...written].find(([one]) => one.dataset.task === name)[1].text().split(/(?<=\n)/);
      if (question && store.get(question[1])) cell.source = [`check("${question[1]}", "${store.get(question[1])}")`];
    }
    const address = URL.createObjectURL(new Blob([`${JSON.stringify(notebook, null, 1)}\n`], { type: "application/x-ipynb+json" }));
    make("a", { href: address, download: file.split("/").pop().split("?")[0] }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    notice.textContent = "Downloaded. Hand in this file as it is.";
  });
  up.addEventListener("change", async () => {
    const chosen = up.files[0];
    up.value = "";
    if (!chosen) return;
    try {
      const notebook = JSON.parse(await chosen.text()), found = new Map();
      for (const cell of notebook.cells) {
        if (identity(cell)) found.set(identity(cell), text(cell.source));
        const question = asked(cell);
        if (question && question[2] !== "?") store.set(question[1], question[2]);
      }
      const mine = [...written].filter(([one]) => found.has(one.dataset.task));
      if (!mine.length) throw new Error("none of this page's tasks are in it");
      mine.forEach(([one, editor]) => editor.set(found.get(one.dataset.task)));
      notice.textContent = `Opened ${chosen.name}: ${mine.length} of ${written.size} tasks.`;
    } catch (error) {
      notice.textContent = `${chosen.name} is not a notebook of this exercise: ${error.message}.`;
    }
  });
  const label = make("label", { htmlFor: "mine", textContent: "Open my notebook: " }, up);
  place.append(make("div", { className: "buttons" }, down, label), notice);
}

// A lesson's cell: shown as it was run; edited and run again in place.
function lessonCell(cell) {
  const listing = cell.querySelector("pre.code"), given = listing.textContent, shown = results();
  const stored = [...cell.querySelectorAll("pre.out")];
  const change = make("button", { type: "button", textContent: "Edit and run" });
  const bar = make("div", { className: "buttons quiet" }, change);
  listing.after(bar);
  change.addEventListener("click", async () => {
    const run = make("button", { type: "button", className: "main", textContent: "Run" });
    const back = make("button", { type: "button", textContent: "As it was" });
    const work = runner(shown, () => [run]);
    const go = () => work(async () => {
      stored.forEach((out) => (out.hidden = true));
      return JSON.parse(await ask("browser.run_lesson", () => [Number(cell.dataset.cell) + 1, setup(cell), editor.text()]));
    });
    const editor = writing(given, "This cell", go);
    cell.editor = editor;
    run.addEventListener("click", go);
    back.addEventListener("click", () => {
      cell.editor = null;
      stored.forEach((out) => (out.hidden = false));
      shown.box.replaceChildren();
      editor.box.replaceWith(listing);
      bar.replaceChildren(change);
      change.focus();
    });
    listing.replaceWith(editor.box);
    bar.replaceChildren(run, back);
    bar.after(shown.box);
    await editor.ready;
    editor.focus();
  });
}

// The lines that a cell needs; of a cell above that the reader has changed, the whole of it as it is now.
function setup(cell) {
  const lines = new Map();
  for (const [i, text] of JSON.parse(cell.dataset.above)) {
    const changed = document.querySelector(`[data-cell="${i}"]`)?.editor?.text();
    lines.set(changed ? i : `${i} ${text}`, changed ?? text);
  }
  return [...lines.values()].join("\n");
}

export function cells() {
  document.querySelectorAll("[data-cell]").forEach(lessonCell);
  const place = document.querySelector("#handin");
  if (!place) return;
  const store = answers(place.dataset.exercise);
  document.querySelectorAll(".task").forEach((cell) => task(cell, store));
  document.querySelectorAll(".quiz").forEach((cell) => quiz(cell, store));
  document.querySelectorAll(".standing").forEach(standing);
  document.querySelectorAll(".checks").forEach((cell) => cell.remove()); // the buttons do what these say
  document.querySelectorAll(".given").forEach((cell) => (cell.hidden = isTools(cell.querySelector("pre").textContent)));
  handIn(place, store);
}
