// Finds sections that hold every word asked for; a word in a title or heading counts more than one in the text.
const field = document.querySelector("#q"), list = document.querySelector("#found"), count = document.querySelector("#count");
const bare = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
const index = SECTIONS.map(([title, address, heading, words]) => ({
  title, address, heading, words, high: bare(`${title} ${heading}`), low: bare(words),
}));
const begins = (text, word) => text.startsWith(word) || new RegExp(`[^a-z0-9_]${word.replace(/[^\w]/g, "\\$&")}`).test(text);

function weigh(section, asked) {
  let sum = 0;
  for (const word of asked) {
    const here = (begins(section.high, word) ? 5 : 0) + (begins(section.low, word) ? 1 : 0);
    if (!here) return 0;
    sum += here + Math.min(4, section.low.split(word).length - 1) / 4;
  }
  return sum;
}

function excerpt(section, asked) {
  const at = Math.max(0, Math.min(...asked.map((word) => section.low.indexOf(word)).filter((i) => i >= 0), 1e6));
  const from = at > 1e5 ? 0 : Math.max(0, section.words.lastIndexOf(" ", Math.max(0, at - 60)));
  const cut = section.words.slice(from, from + 200).trim();
  return (from ? "… " : "") + cut + (from + 200 < section.words.length ? " …" : "");
}

function marked(text, asked) { // the words asked for, marked
  const line = document.createElement("span"), pattern = asked.map((word) => word.replace(/[^\w]/g, "\\$&")).join("|");
  for (const part of text.split(new RegExp(`(${pattern})`, "i")))
    line.append(asked.includes(bare(part)) ? Object.assign(document.createElement("mark"), { textContent: part }) : part);
  return line;
}

function look() {
  const asked = bare(field.value).split(/\s+/).filter(Boolean);
  const hits = asked.length ? index.map((one) => [weigh(one, asked), one]).filter(([sum]) => sum) : [];
  hits.sort(([a], [b]) => b - a);
  list.replaceChildren(...hits.slice(0, 30).map(([, one]) => {
    const item = document.createElement("li"), link = document.createElement("a"), words = document.createElement("p");
    link.href = one.address;
    link.textContent = one.heading.includes(one.title) ? one.heading : `${one.title}: ${one.heading}`;
    words.append(marked(excerpt(one, asked), asked));
    item.append(link, words);
    return item;
  }));
  const many = `${hits.length} section${hits.length === 1 ? "" : "s"} with ${asked.join(" and ")}${hits.length > 30 ? "; these 30 fit best" : ""}`;
  count.textContent = !asked.length ? "" : hits.length ? many : "Nothing found. Try fewer or shorter words.";
}

field.value = new URLSearchParams(location.search).get("q") ?? "";
field.addEventListener("input", () => {
  look();
  history.replaceState(null, "", field.value ? `?q=${encodeURIComponent(field.value)}` : location.pathname);
});
field.form.addEventListener("submit", (event) => { event.preventDefault(); look(); });
look();
