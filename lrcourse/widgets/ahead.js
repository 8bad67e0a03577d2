// Another part of panel.js (look.py joins them): what Python has drawn ahead of the hand.
// The views that Python has drawn, by the places of the controls that they belong to. Those of the control at hand are
// asked for ahead: the place of the hand, those beside one that rests, then a few over the whole range, then those between;
// then the same of the control that was at hand before, as a hand goes back. Two questions are always on their way, so
// that Python need not wait for the next one.
const KEEP = 16e6, BATCH = 24, MOST = 512, PATIENCE = 10000; // characters kept; places a question, views a move; ms
function lookAhead(model, specs, placeOf, arrived) {
  const works = Boolean(model.get("ahead") && model.send);
  const views = new Map(), backs = new Map(), underway = new Map();
  let size = 0, serial = 0, hands = [], here = [], budget = 0, rests = true;
  const weight = ({ panes, code }) => (panes ? panes.reduce((sum, pane) => sum + pane.length, code.length) : 0);
  const keep = (view) => {
    if (!works || views.has(String(view.at))) return;
    views.set(String(view.at), view);
    size += weight(view);
    for (const [old, other] of views) {
      if (size <= KEEP) break;
      views.delete(old);
      size -= weight(other);
    }
  };
  const at = (place) => {
    const view = views.get(String(place));
    return view?.panes && view; // one that cannot be drawn has none
  };
  const sweep = (spec) => {
    const i = specs.indexOf(spec), count = spec.texts.length, grain = Math.ceil(count / 400);
    const far = 2 ** Math.ceil(Math.log2(count / grain / 25));
    const turn = (position) => {
      const apart = Math.abs(position - here[i]);
      let stride = far, turns = 1;
      for (; stride > 1 && (position / grain) % stride; stride /= 2) turns += 1;
      return apart < (rests ? 3 : 1) ? apart : 1000 * turns + apart / grain;
    };
    const order = [...spec.texts.keys()].map((position) => [turn(position), position]);
    return order.sort(([a], [b]) => a - b).map(([, position]) => here.with(i, position));
  };
  const ask = () => {
    if (!works) return;
    if (underway.size > 1) return arrived(underway.size); // what to ask next is found once there is room for it
    const coming = new Set([...underway.values()].flat());
    const unknown = (place) => !views.has(String(place)) && !coming.has(String(place));
    const wanted = hands.flatMap(sweep).filter(unknown).slice(0, Math.max(0, budget));
    while (wanted.length && underway.size < 2) {
      const places = wanted.splice(0, BATCH), number = (serial += 1);
      budget -= places.length;
      underway.set(number, places.map(String));
      setTimeout(() => underway.delete(number), PATIENCE); // lost: whoever needs it asks again
      model.send({ places, has: [...backs.keys()], serial: number });
    }
    arrived(wanted.length + underway.size);
  };
  const take = async ({ serial }, [data]) => {
    const text = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate"));
    const told = await new Response(text).json();
    if (backs.size > 64) backs.clear(); // they are sent again where they are needed
    for (const name in told.backs) backs.set(name, told.backs[name]);
    for (const view of told.views)
      if (view.backs.every((name) => backs.has(name))) keep({ ...view, backs: view.backs.map((name) => backs.get(name)) });
    budget += (underway.get(serial)?.length ?? 0) - told.views.length; // a slow Python answers a part: that alone counts
    underway.delete(serial);
    ask();
  };
  if (works) model.on("msg:custom", take);
  return {
    works,
    keep,
    ask,
    at: (state) => at(placeOf(state)),
    near(state) { // the nearest that is known on the way of the slider at hand: better than where the hand was before
      const [spec] = hands, place = placeOf(state), i = specs.indexOf(spec);
      if (!works || !slides(spec)) return undefined;
      for (let apart = 1; apart < 200; apart += 1)
        for (const position of [place[i] - apart, place[i] + apart]) {
          const view = at(place.with(i, position));
          if (view) return view;
        }
      return undefined;
    },
    hold(state, spec, moving = false) { // where the hand is now
      [here, budget, rests] = [placeOf(state), MOST, !moving];
      if (spec?.texts.length) hands = [spec, ...hands.filter((other) => other !== spec)].slice(0, 2);
    },
    off: () => works && model.off("msg:custom", take),
  };
}
