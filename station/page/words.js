// Numbers, times and verdicts as people read them.
import {h, svg} from "./dom.js";

export const VERDICTS = {ok: "OK", ng: "NG", unusable: "Unusable"};
export const LABELS = {good: "Good", defect: "Defect", unusable: "Unusable"};

// Each verdict has a word, a colour and a shape of its own: any one of them is enough.
export function shape(verdict) {
  const drawn = {
    ok: [svg("circle", {cx: 12, cy: 12, r: 11}), svg("path", {d: "M6.5 12.5l4 4 7.5-8.5"})],
    ng: [svg("path", {d: "M7.6 1h8.8L23 7.6v8.8L16.4 23H7.6L1 16.4V7.6z"}), svg("path", {d: "M8 8l8 8M16 8l-8 8"})],
    unusable: [svg("path", {d: "M12 1.5L23.5 22.5H.5z"}), svg("path", {d: "M12 9v6.5M12 18.4v1.2"})],
  }[verdict];
  return svg("svg", {class: "shape", viewBox: "0 0 24 24", "aria-hidden": "true"}, drawn);
}

export const badge = (verdict) => h("span", {class: "badge " + verdict}, shape(verdict), VERDICTS[verdict]);

export function score(value) {
  if (value === null || value === undefined) return "–";
  return value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(2) : value.toPrecision(4);
}

export const percent = (share, digits = 1) => (100 * share).toFixed(digits) + "\u00a0%";

export function count(n, one, many = one + "s") {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

export const clock = (time) => new Date(time).toLocaleTimeString(undefined, {hour12: false});

// Today's times without their date.
export function when(time) {
  const date = new Date(time);
  const day = date.toDateString() === new Date().toDateString() ? "" : date.toLocaleDateString(undefined, {day: "numeric", month: "short"}) + ", ";
  return day + clock(time);
}

export const moment = (time) => h("time", {datetime: time, title: new Date(time).toLocaleString()}, when(time));

export const bytes = (n) => n >= 1e12 ? (n / 1e12).toFixed(1) + " TB" : n >= 1e9 ? (n / 1e9).toFixed(1) + " GB" : (n / 1e6).toFixed(0) + " MB";

export function milliseconds(value) {
  return value >= 1000 ? (value / 1000).toFixed(2) + " s" : value.toFixed(value < 10 ? 1 : 0) + " ms";
}

// What people call a part: its id, or the name of its file where the station had to make up an id.
export const called = (part) => part.name && /^(w-[0-9a-f]{40}|\d{8}-\d{9}-[0-9a-f]{8})$/.test(part.id) ? part.name : part.id;

// "L1, lot 7": where a part came from.
export function origin(part) {
  return [part.line && "line " + part.line, part.lot && "lot " + part.lot].filter(Boolean).join(", ");
}
