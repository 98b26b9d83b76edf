// Health: do good parts still look as the references do, are photos usable, how long does it take, does it all fit on the disk.
import {get, query} from "./api.js";
import {h, loading} from "./dom.js";
import {plot, unitsFor} from "./chart.js";
import {bytes, count, milliseconds, moment, percent, score} from "./words.js";

const HOUR = 3600000;
const STATES = {steady: "Steady", drifting: "Drifting", unknown: "Too few parts to tell"};

function hourTicks(hours, width) {
  const first = Date.parse(hours[0].hour), last = Date.parse(hours.at(-1).hour) + HOUR;
  const step = [1, 2, 3, 6, 12, 24, 48, 96, 168].map((n) => n * HOUR).find((each) => (last - first) / each <= width / 70) ?? 336 * HOUR;
  const out = [];
  for (let at = Math.ceil(first / step) * step; at <= last; at += step) {
    const date = new Date(at);
    out.push([at, step < 24 * HOUR ? String(date.getHours()).padStart(2, "0") + ":00" : date.toLocaleDateString(undefined, {day: "numeric", month: "short"})]);
  }
  return {range: [first, last], ticks: out};
}

function driftChart(hours, drift, width) {
  const scored = hours.filter(({median}) => median !== null);
  if (scored.length === 0) return h("p", {class: "soft"}, "No good part yet.");
  const {range, ticks} = hourTicks(hours, width);
  const top = Math.max(drift.reference_p95, ...scored.map(({p95}) => p95));
  const low = Math.min(drift.reference_median, ...scored.map(({median}) => median));
  const drawn = plot({label: "Median and 95 % score of OK parts by hour, and those of the references", x: range, y: [Math.max(0, low - 0.3 * (top - low)), top + 0.15 * (top - low)], xTicks: ticks, yName: "score", width, height: 280});
  drawn.across(drift.reference_median, "quiet", "references: median").across(drift.reference_p95, "quiet", "references: 95 %");
  drawn.line(scored.map(({hour, p95}) => [Date.parse(hour) + HOUR / 2, p95]), "p95").line(scored.map(({hour, median}) => [Date.parse(hour) + HOUR / 2, median]), "median");
  return h("figure", {}, drawn.element, h("figcaption", {}, h("span", {class: "key median"}, "median of OK parts"), h("span", {class: "key p95"}, "95 % of them stay below")));
}

function drift(health, hours, width) {
  const {drift: told} = health;
  return h("section", {class: "panel wide"}, h("h2", {}, "Drift"),
    h("p", {class: "state " + told.state}, h("strong", {}, STATES[told.state]), told.since !== null && [" since ", moment(told.since)]),
    h("p", {class: "soft"}, `Sum of deviations ${score(told.statistic)}, alarm at ${score(told.limit)}. A steady station gives a false alarm once in ${Math.round(told.false_alarm_parts).toLocaleString("en")} parts.`),
    driftChart(hours, told, width));
}

function verdicts(hours, width) {
  const {range, ticks} = hourTicks(hours, width);
  const most = Math.max(...hours.map(({ok, ng, unusable}) => ok + ng + unusable));
  const drawn = plot({label: "Parts by hour and verdict", x: range, y: [0, most], xTicks: ticks, yName: "parts", width})
    .bars(hours.map(({hour, ok, ng, unusable}) => [Date.parse(hour), ng, unusable, ok]), HOUR, ["ng", "unusable", "ok"]);
  return h("figure", {}, drawn.element, h("figcaption", {}, ["ng", "unusable", "ok"].map((verdict) => h("span", {class: "key box " + verdict}, {ok: "OK", ng: "NG", unusable: "unusable"}[verdict]))));
}

function steps(list) {
  if (list.length === 0) return h("section", {class: "panel"}, h("h2", {}, "Time per part"), h("p", {class: "soft"}, "No part has come since the station started."));
  const all = list.find(({name}) => name === "total")?.median_ms || Math.max(1, ...list.map((step) => step.median_ms));
  return h("section", {class: "panel"}, h("h2", {}, "Time per part"), h("table", {class: "steps"},
    h("thead", {}, h("tr", {}, ["Step", "median", "95 %", ""].map((text) => h("th", {scope: "col"}, text)))),
    h("tbody", {}, list.map((step) => {
      const bar = h("span", {class: "bar median", "aria-hidden": "true"});
      bar.style.setProperty("--share", String(Math.min(1, step.median_ms / all)));
      return h("tr", {}, h("th", {scope: "row"}, step.name), h("td", {}, milliseconds(step.median_ms)), h("td", {}, milliseconds(step.p95_ms)), h("td", {class: "c-bar"}, bar));
    }))));
}

function plainFacts(health) {
  const {disk, queue} = health;
  const fact = (name, value, note) => h("div", {}, h("dt", {}, name), h("dd", {}, value, note && h("small", {}, note)));
  return h("section", {class: "panel"}, h("h2", {}, "Station"), h("dl", {class: "facts row"},
    fact("Disk free", bytes(disk.free_bytes), `of ${bytes(disk.total_bytes)}; photos ${bytes(disk.photos_bytes)}`),
    fact("Lasts", disk.days_left === null ? "–" : count(Math.floor(disk.days_left), "day"), disk.days_left === null ? "too little to tell" : "at the pace of the last day"),
    fact("Queue", `${queue.length} of ${queue.limit}`), fact("Waits for review", count(health.waiting_review, "part")),
    fact("Up since", moment(new Date(Date.now() - 1000 * health.uptime_s).toISOString()))));
}

export async function show(root, {station, signal}) {
  const product = station.oneProduct();
  const body = h("div", {class: "health"});
  root.replaceChildren(h("div", {class: "title"}, h("h1", {}, "Health"), station.products.length > 1 && h("p", {class: "soft"}, product) || ""), body);
  body.append(loading("Loading"));
  async function load() {
    const [health, statistics] = await Promise.all([get("health" + query({product}), signal), get("statistics" + query({product, hours: 48}), signal)]);
    const {unusable} = health, {hours} = statistics;
    const all = body.clientWidth, half = window.matchMedia("(max-width: 900px)").matches ? all : all / 2 - 12;
    body.replaceChildren(
      health.banners.length === 0 ? h("p", {class: "fine"}, "Nothing needs a person.") : "",
      drift(health, hours, unitsFor(all)),
      h("section", {class: "panel"}, h("h2", {}, "Unusable photos"),
        h("p", {class: "state " + (unusable.share >= unusable.limit && unusable.n > 0 ? "drifting" : "steady")}, h("strong", {}, unusable.n === 0 ? "–" : percent(unusable.share)), ` of the last ${count(unusable.n, "part")}; a banner from ${percent(unusable.limit, 0)}`),
        hours.length > 0 && verdicts(hours, unitsFor(half))),
      steps(health.steps), plainFacts(health));
  }
  const timer = setInterval(() => load().catch(() => {}), 30000);
  signal.addEventListener("abort", () => clearInterval(timer));
  await load();
}
