// Mend: a false alarm becomes a reference, or what made a defect look normal leaves the bank.
import {get, partPath, query} from "./api.js";
import {offer} from "./change.js";
import {action, announce, h, loading, own, wrong} from "./dom.js";
import {heatControl, typing, viewer} from "./picture.js";
import {patchRow} from "./part.js";
import {badge, called, count, score} from "./words.js";

// A rectangle that a person draws on the photo, in its pixels: by pointer, or by keys.
// Returns what puts one there for the keys.
function marking(close, part, done) {
  const mark = h("div", {class: "mark", hidden: true});
  close.frame.append(mark);
  close.view.classList.add("marking");
  let from = null, to = null;
  const box = () => {
    const x = Math.floor(Math.min(from.x, to.x)), y = Math.floor(Math.min(from.y, to.y));
    return {x: Math.min(x, part.width - 1), y: Math.min(y, part.height - 1), width: Math.max(1, Math.ceil(Math.abs(to.x - from.x))), height: Math.max(1, Math.ceil(Math.abs(to.y - from.y)))};
  };
  function draw() {
    const {x, y, width, height} = box();
    mark.hidden = false;
    mark.style.left = 100 * x / part.width + "%";
    mark.style.top = 100 * y / part.height + "%";
    mark.style.width = 100 * width / part.width + "%";
    mark.style.height = 100 * height / part.height + "%";
  }
  close.view.addEventListener("pointerdown", (event) => {
    close.view.setPointerCapture(event.pointerId);
    from = to = close.pixel(event);
    draw();
  });
  close.view.addEventListener("pointermove", (event) => {
    if (from === null) return;
    to = close.pixel(event);
    draw();
  });
  close.view.addEventListener("pointerup", () => {
    if (from === null) return;
    const marked = box();
    from = null;
    keyed = null;
    done(marked);
  });

  // By keys: a box in the middle of what is seen; steps follow the zoom.
  let keyed = null;
  const inside = (value, size) => Math.min(size, Math.max(0, value));
  function place() {
    [from, to] = [{x: keyed.x, y: keyed.y}, {x: keyed.x + keyed.width, y: keyed.y + keyed.height}];
    draw();
    from = null;
  }
  function begin() {
    const seen = close.view.getBoundingClientRect();
    const [start, end] = [close.pixel({clientX: seen.left, clientY: seen.top}), close.pixel({clientX: seen.right, clientY: seen.bottom})];
    const width = Math.max(1, Math.round((end.x - start.x) / 4)), height = Math.max(1, Math.round((end.y - start.y) / 4));
    keyed = {x: Math.round((start.x + end.x - width) / 2), y: Math.round((start.y + end.y - height) / 2), width, height,
      step: Math.max(1, Math.round((end.x - start.x) / 50))};
    place();
    close.view.focus();
    announce("A box is in the middle of the photo: arrows move it, shift and arrows size it, enter looks there, escape takes it away");
  }
  function change(dx, dy, size) {
    const {step} = keyed;
    if (size) {
      keyed.width = Math.min(Math.max(1, keyed.width + dx * step), part.width - keyed.x);
      keyed.height = Math.min(Math.max(1, keyed.height + dy * step), part.height - keyed.y);
    } else {
      keyed.x = inside(keyed.x + dx * step, part.width - keyed.width);
      keyed.y = inside(keyed.y + dy * step, part.height - keyed.height);
    }
    place();
  }
  // Before the viewer's own keys: arrows belong to the box while there is one.
  close.view.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrows = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    if (keyed && arrows[event.key]) change(...arrows[event.key], event.shiftKey);
    else if (keyed && event.key === "Enter") done({x: keyed.x, y: keyed.y, width: keyed.width, height: keyed.height});
    else if (keyed && event.key === "Escape") {
      keyed = null;
      mark.hidden = true;
    } else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, {capture: true});
  return begin;
}

function suspects(told, choose) {
  return h("ul", {class: "suspects"}, told.references.map((reference) => h("li", {},
    own(reference.thumbnail) && h("img", {class: "thumb", src: own(reference.thumbnail), alt: ""}),
    h("div", {}, h("strong", {}, reference.name), h("p", {class: "soft"}, `${count(reference.rows.length, "patch", "patches")} of it are among the nearest`)),
    action(h("button", {type: "button"}, "Without this reference"), () => choose({action: "remove-reference", reference: reference.reference})))));
}

async function missed(root, {station, part, signal}) {
  const close = viewer(part);
  const {control, apply} = heatControl(() => [close.frame], signal);
  const evidence = h("div", {}), outcome = h("div", {"aria-live": "polite"});
  let current = 0;
  let asked = null, seen = 0;
  // References and descriptors are numbered by the version that was looked at: in another one the same number is another reference.
  const choose = (change) => offer(outcome, {station, product: part.product, change: {...change, part: part.id}, signal, seen}).then(() => outcome.scrollIntoView({block: "start"}));
  async function ask(box, keep = false) {
    const turn = ++current;
    asked = box;
    if (!keep) outcome.replaceChildren();
    evidence.replaceChildren(loading("Asking the bank"));
    try {
      const told = await get(partPath(part.id) + "/nearest" + query({box: box && `${box.x},${box.y},${box.width},${box.height}`, limit: box ? 64 : 6}), signal);
      if (turn === current) show(told, box);
    } catch (error) {
      if (turn === current && !signal.aborted) evidence.replaceChildren(wrong(error));
    }
  }
  function show(told, box) {
    seen = told.bank;
    const rows = [...new Set(told.patches.flatMap((patch) => patch.neighbours.map((near) => near.row)))];
    evidence.replaceChildren(h("section", {class: "panel"},
      h("h2", {}, box ? "What makes the marked place look normal" : "What makes its worst patches look normal"),
      h("p", {class: "soft"}, `By bank version ${told.bank}: score ${score(told.score)}, threshold ${score(told.threshold)}. If one of the pictures on the right shows the same defect, it should not be in the bank.`),
      h("ol", {class: "patches"}, told.patches.slice(0, 6).map((patch) => patchRow(patch, part))),
      h("h3", {}, "Try the bank without them"),
      action(h("button", {type: "button"}, `Without these ${count(rows.length, "patch", "patches")}`), () => choose({action: "remove-patches", rows})),
      suspects(told, choose)));
  }
  const byKeys = marking(close, part, ask);
  document.addEventListener("keydown", (event) => { if (event.key.toLowerCase() === "b" && !typing(event)) byKeys(); }, {signal});
  root.replaceChildren(h("div", {class: "two mending"}, h("div", {class: "stays"}, close.element, control),
    h("div", {}, h("section", {class: "panel"}, h("h2", {}, "Where is the defect?"),
      h("p", {}, "Draw a box around it on the photo. Without one, the worst patches are looked at."),
      h("p", {class: "soft by-keys"}, "By keys: ", h("kbd", {}, "B"), " puts a box there, arrows move it, ", h("kbd", {}, "Shift"), " and arrows size it, ", h("kbd", {}, "Enter"), " looks there."),
      h("p", {class: "buttons"}, h("button", {type: "button", class: "by-keys", onclick: byKeys}, "Box by keys"),
        action(h("button", {type: "button"}, "Look at the worst patches"), () => ask(null)))), evidence, outcome)));
  apply();
  // What another version has nearest, with what came of the change still there.
  station.news.addEventListener("bank", ({detail: news}) => { if (news.product === part.product && news.version !== seen) ask(asked, true); }, {signal});
  await ask(null);
}

export async function show(root, {station, signal, rest}) {
  root.append(loading("Loading the part"));
  const part = await get(partPath(rest[0]), signal);
  const kind = rest[1] === "missed" ? "missed" : "add";
  const body = h("div", {});
  const tab = (which, text) => h("a", {href: `#mend/${encodeURIComponent(part.id)}/${which}`, "aria-current": which === kind ? "true" : null}, text);
  root.replaceChildren(h("p", {class: "back"}, h("a", {href: "#part/" + encodeURIComponent(part.id)}, "← Part " + called(part))),
    h("div", {class: "title"}, h("h1", {}, kind === "add" ? "Add as a reference" : "Why was it missed?"), badge(part.verdict)),
    h("nav", {class: "tabs", "aria-label": "Ways to mend"}, tab("add", "False alarm: add as a reference"), tab("missed", "Missed defect")), body);
  if (kind === "missed") return missed(body, {station, part, signal});
  const close = viewer(part);
  const {control, apply} = heatControl(() => [close.frame], signal);
  const outcome = h("div", {});
  body.append(h("div", {class: "two"}, h("div", {class: "stays"}, close.element, control), outcome));
  apply();
  return offer(outcome, {station, product: part.product, change: {action: "add-reference", part: part.id}, signal})
    .catch((error) => { if (!signal.aborted) outcome.replaceChildren(h("section", {class: "panel"}, wrong(error))); });
}
