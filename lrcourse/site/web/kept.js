// What this browser keeps for the reader: answers and progress, under this site's own name, and nowhere else.
const home = new URL(document.body.dataset.up || "./", location.href).pathname;
const lost = new Map(); // where nothing may be kept: for as long as the page is open
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(`lrcourse ${home} ${key}`)) ?? lost.get(key) ?? {};
  } catch {
    return lost.get(key) ?? {};
  }
}
function write(key, value) {
  lost.set(key, value);
  try {
    localStorage.setItem(`lrcourse ${home} ${key}`, JSON.stringify(value));
  } catch { /* full or forbidden */ }
}
function watched(key) {
  const watchers = [];
  const tell = () => watchers.forEach((call) => call(read(key)));
  addEventListener("storage", (event) => event.key === `lrcourse ${home} ${key}` && tell()); // another tab
  return { all: () => read(key), watch: (call) => { watchers.push(call); call(read(key)); }, put: (value) => { write(key, value); tell(); } };
}

const entries = watched("progress");
// {task or quiz: {passed, cases, solved, hints}}, as lrcourse.exercises.learner keeps it
export const progress = { all: entries.all, watch: entries.watch, keep: (news) => entries.put({ ...entries.all(), ...news }) };

// What was written in one exercise: {task or quiz: text}. A text that is as it was given need not be kept.
export function answers(exercise) {
  const texts = watched(`answers ${exercise}`);
  return {
    get: (name) => texts.all()[name],
    watch: texts.watch,
    set: (name, text, given) => {
      const { [name]: old, ...others } = texts.all();
      texts.put(text === given ? others : { ...others, [name]: text });
    },
  };
}
