// Light or dark, as the reader's system has it or as they chose; and what every page needs, live or not.
const KINDS = [["pre", "Code"], [".scroll", "Table"], [".picture", "Picture"], [".formula", "Formula"]]; // what may scroll sideways
const root = document.documentElement, night = matchMedia("(prefers-color-scheme: dark)");
root.dataset.scripts = ""; // else the page says that nothing moves: scripts may be off, or refused by whoever sends the page
const kept = { // storage may be forbidden: a sandboxed frame, a private window
  get: () => { try { return localStorage.getItem("lrcourse theme"); } catch { return null; } },
  set: (theme) => { try { localStorage.setItem("lrcourse theme", theme); } catch { /* then for this page only */ } },
};
let theme = kept.get();
const isDark = () => (theme ?? (night.matches ? "dark" : "light")) === "dark";
function dress() {
  theme ? (root.dataset.theme = theme) : delete root.dataset.theme;
  if (document.body) document.body.dataset.jpThemeLight = String(!isDark()); // panel.css listens to JupyterLab's sign
  const button = document.querySelector("button.theme");
  if (button) Object.assign(button, { textContent: isDark() ? "Light" : "Dark", hidden: false });
}
dress();
night.addEventListener("change", dress);

addEventListener("DOMContentLoaded", () => {
  dress();
  document.querySelector("button.theme").addEventListener("click", () => {
    theme = isDark() ? "light" : "dark";
    kept.set(theme);
    dress();
  });
  // where a browser runs no Python, whatever is on the page: from a disk, in a frame that a learning platform has fenced
  const why = location.protocol === "file:" ? "This page was opened from a disk, where browsers run no Python: all can be read, nothing moves. On a web server it does: run python3 -m http.server in the site's folder and open the address that it prints. "
    : origin === "null" ? "This page is in a frame that lets no Python run: all can be read, nothing moves. " : "";
  if (why && document.querySelector("script[type=module]")) {
    const note = Object.assign(document.createElement("p"), { className: "aside", textContent: why });
    note.setAttribute("role", "note");
    if (location.protocol !== "file:") note.append(Object.assign(document.createElement("a"), { href: location.href, target: "_blank", rel: "noopener", textContent: "Open it in a tab of its own." }));
    document.querySelector("main").prepend(note);
  }
  // what scrolls by itself must be reachable by keyboard, and only that
  const reach = () => document.querySelectorAll(KINDS.map(([kind]) => kind)).forEach((box) => {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (box.matches(".picture")) more(box);
    if (!scrolls) return ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    const [, what] = KINDS.find(([kind]) => box.matches(kind));
    box.setAttribute("aria-label", `${what}, scrolls sideways`);
  });
  const more = (box) => box.toggleAttribute("data-more", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  addEventListener("resize", reach);
  reach();
  addEventListener("scroll", ({ target }) => target.matches?.(".picture") && more(target), { passive: true, capture: true });
  document.querySelectorAll("details").forEach((box) => box.addEventListener("toggle", reach));
  // on paper everything is open, and light
  let opened = [], chosen = null;
  addEventListener("beforeprint", () => {
    chosen = theme;
    theme = "light";
    dress();
    opened = [...document.querySelectorAll("details:not([open])")].filter((box) => !box.querySelector("summary")?.textContent.startsWith("Hint"));
    opened.forEach((box) => (box.open = true));
  });
  addEventListener("afterprint", () => {
    theme = chosen;
    dress();
    opened.forEach((box) => (box.open = false));
  });
  // the outline says where you are
  const links = new Map([...document.querySelectorAll(".outline a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const heads = [...document.querySelectorAll("article h2[id]")].filter((head) => links.has(head.id));
  const here = () => {
    const now = heads.filter((head) => head.getBoundingClientRect().top < 120).at(-1);
    for (const [id, link] of links) id === now?.id ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  };
  if (heads.length) addEventListener("scroll", here, { passive: true });
});
