// Parts: what the station remembers, by filters that stand in the address.
import {get, query} from "./api.js";
import {announce, h, loading, own, wrong} from "./dom.js";
import {badge, called, count, LABELS, moment, origin, score} from "./words.js";

const PAGE = 50;

// A datetime field is in local time, the station speaks UTC.
const toUtc = (local) => local && !Number.isNaN(Date.parse(local)) ? new Date(local).toISOString() : "";
const toLocal = (utc) => {
  if (!utc || Number.isNaN(Date.parse(utc))) return "";
  const date = new Date(utc);
  return new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};

const field = (label, control) => h("label", {class: "field"}, h("span", {}, label), control);

function choice(name, value, options) {
  const select = h("select", {name}, Object.entries(options).map(([key, text]) => h("option", {value: key}, text)));
  select.value = value;
  return select;
}

function filters(values) {
  const value = (name) => values.get(name) ?? "";
  return h("form", {class: "filters", role: "search"},
    field("Verdict", choice("verdict", value("verdict"), {"": "any", ok: "OK", ng: "NG", unusable: "Unusable", "ng,unusable": "NG or unusable"})),
    field("Reviewed", choice("reviewed", value("reviewed"), {"": "any", no: "not yet", yes: "yes", good: "as good", defect: "as defect", unusable: "as unusable"})),
    field("From", h("input", {name: "from", type: "datetime-local", value: toLocal(value("from"))})),
    field("To", h("input", {name: "to", type: "datetime-local", value: toLocal(value("to"))})),
    field("Score from", h("input", {name: "score_min", type: "number", step: "any", min: 0, value: value("score_min")})),
    field("to", h("input", {name: "score_max", type: "number", step: "any", min: 0, value: value("score_max")})),
    field("Lot", h("input", {name: "lot", type: "text", maxlength: 200, value: value("lot")})),
    field("Line", h("input", {name: "line", type: "text", maxlength: 200, value: value("line")})));
}

function bar(part) {
  if (part.score === null) return null;
  const full = h("span", {class: "bar " + part.verdict, "aria-hidden": "true"});
  full.style.setProperty("--share", String(Math.min(1, part.score / (2 * part.threshold))));
  return full;
}

function row(part, withProduct) {
  const address = "#part/" + encodeURIComponent(part.id);
  return h("tr", {},
    h("td", {class: "c-picture"}, h("a", {href: address, tabindex: -1, "aria-hidden": "true"}, h("img", {class: "thumb", src: own(part.thumbnail), alt: "", loading: "lazy"}))),
    h("td", {class: "c-verdict"}, badge(part.verdict)),
    h("td", {class: "c-id"}, h("a", {href: address, title: part.id}, called(part)), withProduct && h("small", {}, part.product)),
    h("td", {class: "c-time"}, moment(part.time)),
    h("td", {class: "c-score"}, score(part.score), bar(part)),
    h("td", {class: "c-origin"}, origin(part)),
    h("td", {class: "c-review"}, part.review && h("span", {}, LABELS[part.review.label], h("small", {}, part.review.by))));
}

export async function show(root, {station, signal, values}) {
  const filter = () => ({product: station.product, ...Object.fromEntries(values)});
  const form = filters(values);
  const wide = window.matchMedia("(min-width: 641px)").matches;
  const box = h("details", {class: "filter-box", open: wide || [...values].length > 0}, h("summary", {}, "Filters"), form);
  const body = h("tbody", {});
  const found = h("p", {class: "found", role: "status"});
  const more = h("button", {type: "button", hidden: true}, "Older parts");
  const csv = h("a", {class: "button", href: "/api/v1/parts.csv" + query(filter()), download: "parts.csv"}, "Export as CSV");
  const fresh = h("button", {type: "button", class: "fresh", hidden: true});
  const withProduct = station.product === "";
  root.replaceChildren(h("h1", {}, "Parts"), box, h("div", {class: "table-head"}, found, fresh, csv),
    h("table", {class: "parts"}, h("thead", {}, h("tr", {}, ["Photo", "Verdict", "Part", "Time", "Score", "Line and lot", "Reviewed"].map((name) => h("th", {scope: "col"}, name)))), body), more);

  let cursor = null, shown = 0;
  async function load() {
    const told = await get("parts" + query({...filter(), limit: PAGE, cursor}), signal);
    const first = body.rows.length;
    body.append(...told.parts.map((part) => row(part, withProduct)));
    cursor = told.next;
    shown += told.parts.length;
    found.textContent = told.total === 0 ? "No part is like that." : `${count(told.total, "part")}, ${shown} shown`;
    more.hidden = cursor === null;
    return body.rows[first];
  }
  form.addEventListener("change", () => {
    const asked = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, name === "from" || name === "to" ? toUtc(value) : value.trim()]));
    location.hash = "parts" + query(asked);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", async () => {
    more.disabled = true;
    try {
      const next = await load();
      next?.querySelector(".c-id a").focus();
    } catch (error) {
      if (!signal.aborted) more.before(wrong(error));
    }
    more.disabled = false;
  });
  let news = 0;
  station.news.addEventListener("part", ({detail: part}) => {
    if (station.product && part.product !== station.product) return;
    news++;
    fresh.hidden = false;
    fresh.textContent = `Show ${count(news, "new part")}`;
  }, {signal});
  fresh.addEventListener("click", async () => {
    news = 0;
    fresh.hidden = true;
    body.replaceChildren();
    cursor = null;
    shown = 0;
    await load().catch((error) => !signal.aborted && more.before(wrong(error)));
    announce(found.textContent);
  });
  const wait = loading("Loading parts");
  root.append(wait);
  try {
    await load();
  } finally {
    wait.remove();
  }
}
