// Another part of panel.js: puts a picture in the place of the one before it.
// Two pictures in a row have mostly the same marks, so only what differs is set, each where it stands: to read the whole
// text anew, and to style what comes of it, costs a page several times as much. With other marks it is read anew.
const TAG = /<[^>]*>[^<]*/g, PART = /([\w-]+)="([^"]*)"/g;
const shapeOf = (tag) => tag.slice(0, tag.indexOf(">")).replace(PART, "$1");
const wordsOf = (tag) => tag.slice(tag.indexOf(">") + 1);

function redraw(box, before, svg) {
  const old = before.match(TAG) ?? [], now = svg.match(TAG) ?? [];
  const differ = new Set([...now.keys()].filter((i) => now[i] !== old[i]));
  const moved = (i) => now[i][1] !== "/" && !now[i].includes("&") && shapeOf(now[i]) === shapeOf(old[i]);
  if (old.length !== now.length || ![...differ].every(moved)) {
    box.innerHTML = svg;
    return;
  }
  const nodes = box.getElementsByTagName("*");
  let at = -1; // the elements stand in the order of their opening tags
  for (let i = 0; i < now.length; i += 1) {
    if (now[i][1] !== "/") at += 1;
    if (!differ.has(i)) continue;
    for (const [, name, value] of now[i].matchAll(PART))
      if (nodes[at].getAttribute(name) !== value) nodes[at].setAttribute(name, value);
    if (wordsOf(now[i]) !== wordsOf(old[i])) nodes[at].textContent = wordsOf(now[i]);
  }
}
