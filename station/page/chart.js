// Charts: lines and bars over a scale, in SVG of fixed units that grows with the page.
import {svg} from "./dom.js";

const LEFT = 46, RIGHT = 12, TOP = 12, BOTTOM = 34;

// Round steps: 1, 2 or 5 times a power of ten.
function ticks(low, high, n) {
  const raw = (high - low) / n;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw);
  const out = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-6; value += step) out.push(Math.abs(value) < step * 1e-6 ? 0 : value);
  return out;
}

const plain = (value) => String(Number(value.toPrecision(4)));

// Units of a chart that is to stand in an element of so many pixels: its texts are then as large as those around it.
export const unitsFor = (pixels) => Math.max(320, Math.min(1200, pixels - 44));

// @param options {label, x: [low, high], y: [low, high], xTicks: [[value, text]], xName, yName, yText(value)}
export function plot({label, x, y, xTicks, xName = "", yName = "", yText = plain, width = 640, height = 220}) {
  const [x0, x1] = x[0] < x[1] ? x : [x[0] - 1, x[1] + 1];
  const [y0, y1] = y[0] < y[1] ? y : [y[0], y[0] + 1];
  const px = (value) => LEFT + (value - x0) / (x1 - x0) * (width - LEFT - RIGHT);
  const py = (value) => height - BOTTOM - (value - y0) / (y1 - y0) * (height - TOP - BOTTOM);
  const root = svg("svg", {class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label});
  for (const value of ticks(y0, y1, 4))
    root.append(svg("line", {class: "grid", x1: LEFT, x2: width - RIGHT, y1: py(value), y2: py(value)}),
      svg("text", {class: "tick side", x: LEFT - 6, y: py(value) + 4}, yText(value)));
  for (const [value, text] of xTicks ?? ticks(x0, x1, 6).map((each) => [each, plain(each)]))
    root.append(svg("line", {class: "axis", x1: px(value), x2: px(value), y1: height - BOTTOM, y2: height - BOTTOM + 4}),
      svg("text", {class: "tick", x: px(value), y: height - BOTTOM + 16}, text));
  root.append(svg("line", {class: "axis", x1: LEFT, x2: width - RIGHT, y1: height - BOTTOM, y2: height - BOTTOM}),
    svg("text", {class: "axis-name", x: (LEFT + width - RIGHT) / 2, y: height - 3}, xName),
    svg("text", {class: "axis-name start", x: 2, y: 9}, yName));
  return {
    element: root,
    line(points, name) {
      const drawn = points.filter(([, value]) => value !== null);
      root.append(svg("polyline", {class: "line " + name, points: drawn.map(([at, value]) => `${px(at).toFixed(1)},${py(value).toFixed(1)}`).join(" ")}));
      if (drawn.length < 60) root.append(...drawn.map(([at, value]) => svg("circle", {class: "dot " + name, cx: px(at), cy: py(value), r: 2.5})));
      return this;
    },
    steps(points, name) {
      const path = points.map(([at, value], i) => (i === 0 ? `M${px(at).toFixed(1)} ${py(value).toFixed(1)}` : `H${px(at).toFixed(1)}V${py(value).toFixed(1)}`)).join("");
      root.append(svg("path", {class: "line " + name, d: path}));
      return this;
    },
    across(value, name, text) {
      root.append(svg("line", {class: "limit " + name, x1: LEFT, x2: width - RIGHT, y1: py(value), y2: py(value)}),
        svg("text", {class: "limit-name end", x: width - RIGHT, y: py(value) - 4}, text));
      return this;
    },
    up(value, name, text, low = 0) {
      root.append(svg("line", {class: "limit " + name, x1: px(value), x2: px(value), y1: TOP, y2: height - BOTTOM}),
        svg("text", {class: "limit-name " + (px(value) > width / 2 ? "end" : "start"), x: px(value) + (px(value) > width / 2 ? -5 : 5), y: TOP + 10 + 14 * low}, text));
      return this;
    },
    // A row of ticks above the axis, or from the top: where single parts lie.
    rug(values, name, top) {
      const at = top ? TOP : height - BOTTOM;
      root.append(...values.map((value) => svg("line", {class: "rug " + name, x1: px(value), x2: px(value), y1: at, y2: at + (top ? 9 : -9)})));
      return this;
    },
    bars(rows, barWidth, names) {
      for (const [at, ...values] of rows) {
        let sum = 0;
        values.forEach((value, i) => {
          if (value > 0) root.append(svg("rect", {class: "column " + names[i], x: px(at), width: Math.max(1, px(at + barWidth) - px(at) - 1), y: py(sum + value), height: py(sum) - py(sum + value)}));
          sum += value;
        });
      }
      return this;
    },
  };
}
