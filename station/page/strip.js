// The score against the threshold: where a part lies, and where those before it lay.
import {h, svg} from "./dom.js";
import {score, shape, VERDICTS} from "./words.js";

// @param part drawn large; @param others drawn small, by the same threshold
export function strip(part, others = []) {
  const scored = [part, ...others].filter((each) => each.score !== null);
  const limit = part.threshold;
  const most = 1.08 * Math.max(limit * 1.5, ...scored.map((each) => Math.min(each.score, limit * 4)));
  const at = (value) => Math.min(100, 100 * value / most);
  const marks = scored.filter((each) => each !== part).map((each) => svg("line", {class: "past " + each.verdict, x1: at(each.score), x2: at(each.score), y1: 6, y2: 18}));
  const limitMark = h("span", {class: "limit-mark"}, h("span", {}, `threshold ${score(limit)}`));
  limitMark.style.left = at(limit) + "%";
  const here = part.score !== null && h("span", {class: "here " + part.verdict}, shape(part.verdict));
  if (here) here.style.left = at(part.score) + "%";
  return h("div", {class: "strip", role: "img", "aria-label": part.score === null ? `No score: ${VERDICTS[part.verdict]}` : `Score ${score(part.score)}, threshold ${score(limit)}`},
    svg("svg", {viewBox: "0 0 100 24", preserveAspectRatio: "none", "aria-hidden": "true"},
      svg("rect", {class: "below", x: 0, y: 8, width: at(limit), height: 8}),
      svg("rect", {class: "above", x: at(limit), y: 8, width: 100 - at(limit), height: 8}), marks),
    limitMark, here);
}
