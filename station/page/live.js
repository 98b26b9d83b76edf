// Live: the last part as large as the window allows, the counters of the shift, the last 20.
import {get, query} from "./api.js";
import {announce, h, own} from "./dom.js";
import {heatControl, layers} from "./picture.js";
import {strip} from "./strip.js";
import {called, clock, origin, percent, score, shape, VERDICTS, when} from "./words.js";

const REMEMBERED = 20;
const PACE = 250; // ms: more often nobody can look at a part

function verdictPanel(part, others) {
  return h("div", {class: "verdict-panel " + part.verdict},
    h("div", {class: "verdict"}, shape(part.verdict), h("strong", {}, part.verdict === "unusable" ? "UNUSABLE" : VERDICTS[part.verdict])),
    h("p", {class: "part-name"}, h("a", {href: "#part/" + encodeURIComponent(part.id)}, called(part))),
    h("p", {class: "part-facts"}, [clock(part.time), part.product, origin(part)].filter(Boolean).join(" · ")),
    h("p", {class: "part-score"}, part.score === null ? "no score" : h("span", {}, "score ", h("strong", {}, score(part.score)))),
    strip(part, others),
    part.reasons.map((reason) => h("p", {class: "reason"}, reason)));
}

function counters(shift) {
  const n = shift.ok + shift.ng + shift.unusable;
  const one = (verdict) => h("div", {class: "counter " + verdict}, h("dt", {}, shape(verdict), VERDICTS[verdict]),
    h("dd", {}, shift[verdict].toLocaleString("en"), h("small", {}, n > 0 ? percent(shift[verdict] / n) : "")));
  return h("section", {class: "counters", "aria-label": "Counters of the shift"},
    h("h2", {}, "Shift", h("small", {}, `since ${clock(shift.since).slice(0, 5)}`)), h("dl", {}, ["ok", "ng", "unusable"].map(one)));
}

function tile(part) {
  return h("li", {}, h("a", {class: "tile " + part.verdict, href: "#part/" + encodeURIComponent(part.id),
    "aria-label": `${VERDICTS[part.verdict]}, part ${called(part)}, ${when(part.time)}`},
    h("img", {src: own(part.thumbnail), alt: "", loading: "lazy"}), h("span", {class: "badge " + part.verdict}, shape(part.verdict), VERDICTS[part.verdict]),
    h("span", {class: "tile-time"}, clock(part.time))));
}

const nothing = (station) => h("section", {class: "panel waiting"}, h("h1", {}, "Waiting for the first part"),
  h("p", {}, "Photos come by POST, or as files in a watched folder:"),
  h("pre", {}, `curl --data-binary @photo.png -H 'Content-Type: image/png' \\\n  ${location.origin}/api/v1/products/${encodeURIComponent(station.oneProduct())}/parts`));

export async function show(root, {station, signal}) {
  const scope = {product: station.product};
  let parts = [], tiles = new Map(), shift = null, held = false, missed = 0;
  const picture = h("div", {class: "live-picture"});
  const side = h("div", {class: "live-side"});
  const counted = h("div", {class: "counted"});
  const list = h("ol", {class: "tiles"});
  const {control, apply} = heatControl(() => picture.querySelectorAll(".layers"), signal);
  const hold = h("button", {type: "button", class: "hold", "aria-pressed": "false"});
  const body = h("div", {class: "live"}, h("div", {class: "live-main"}, picture, side),
    h("div", {class: "live-tools"}, counted, control, hold), h("section", {"aria-label": "The last parts"}, h("h2", {}, "Last parts"), list));

  let drawn = 0;
  function drawPart() {
    drawn = Date.now();
    const [part, ...others] = parts;
    const frame = layers(part);
    frame.classList.add(part.verdict);
    picture.replaceChildren(frame);
    apply();
    side.replaceChildren(verdictPanel(part, others.filter((other) => other.product === part.product)));
  }
  function draw() {
    if (parts.length === 0) {
      root.replaceChildren(nothing(station));
      return;
    }
    if (body.parentNode !== root) root.replaceChildren(h("h1", {class: "unseen"}, "Live"), body);
    hold.textContent = held ? `Go on${missed > 0 ? ` (${missed} more)` : ""}` : "Hold";
    hold.setAttribute("aria-pressed", String(held));
    if (!held) drawPart();
    // A tile that is there stays, so that its picture is not asked for again.
    const there = new Map([...tiles].filter(([id]) => parts.some((part) => part.id === id)));
    tiles = new Map(parts.map((part) => [part.id, there.get(part.id) ?? tile(part)]));
    [...tiles.values()].forEach((each, i) => {
      each.firstChild.toggleAttribute("data-current", i === 0);
      if (list.children[i] !== each) list.insertBefore(each, list.children[i] ?? null);
    });
    while (list.children.length > tiles.size) list.lastChild.remove();
    if (shift) counted.replaceChildren(counters(shift));
  }
  async function load() {
    const [told, statistics] = await Promise.all([get("parts" + query({...scope, limit: REMEMBERED}), signal), get("statistics" + query({...scope, hours: 1}), signal)]);
    parts = told.parts;
    shift = statistics.shift;
    draw();
  }
  hold.addEventListener("click", () => {
    held = !held;
    missed = 0;
    draw();
  });
  // Many parts a second are not drawn one by one, and the last one always is.
  let pending = 0;
  function drawSoon() {
    pending ||= setTimeout(() => {
      pending = 0;
      if (signal.aborted || document.hidden) return;
      draw();
      if (!held) announce(`${VERDICTS[parts[0].verdict]}, part ${called(parts[0])}`);
    }, Math.max(0, drawn + PACE - Date.now()));
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden && parts.length > 0) draw(); }, {signal});
  station.news.addEventListener("part", ({detail: part}) => {
    if (scope.product && part.product !== scope.product || parts.some(({id}) => id === part.id)) return;
    parts = [part, ...parts].slice(0, REMEMBERED);
    if (shift) shift[part.verdict]++;
    if (held) missed++;
    drawSoon();
  }, {signal});
  station.news.addEventListener("review", ({detail: part}) => { parts = parts.map((each) => (each.id === part.id ? part : each)); }, {signal});
  station.news.addEventListener("again", () => load().catch(() => {}), {signal});
  // The shift changes by the clock.
  const timer = setInterval(() => get("statistics" + query({...scope, hours: 1}), signal).then((told) => { shift = told.shift; if (parts.length > 0) counted.replaceChildren(counters(shift)); }, () => {}), 60000);
  signal.addEventListener("abort", () => clearInterval(timer));
  await load();
}
