// Photos with their heatmap: laid over each other, zoomed, and cut to patches.
import {h, own, svg} from "./dom.js";
import {called} from "./words.js";

// Browsers show no TIFF: the station encodes it anew, at full size.
export function photoOf(part) {
  const address = own(part.photo);
  return address !== null && part.photo_type === "image/tiff" ? address + "?format=jpeg" : address;
}

const describe = (part) => `Part ${called(part)}`;

// Photo and heatmap in one frame; the heatmap's strength is the property --heat of the element.
export function layers(part) {
  const photo = h("img", {class: "photo", src: photoOf(part), alt: describe(part), draggable: "false"});
  photo.addEventListener("error", () => frame.classList.add("missing"));
  const heat = own(part.heatmap);
  const frame = h("div", {class: "layers"}, photo,
    heat && h("img", {class: "heat", src: heat, alt: "", draggable: "false"}),
    h("p", {class: "no-photo"}, "The photo is not there"));
  frame.style.setProperty("--aspect", String(part.width / part.height || 1));
  return frame;
}

const heatKey = "purebank-heat";
export const heatStrength = () => Number(sessionStorage.getItem(heatKey) ?? 60);

// A slider for the heatmap of `frames`, elements made by layers(); H switches it off and on.
export function heatControl(frames, signal) {
  const slider = h("input", {type: "range", min: 0, max: 100, step: 5, value: heatStrength(), "aria-label": "Strength of the heatmap"});
  let before = heatStrength() || 60;
  const apply = () => {
    sessionStorage.setItem(heatKey, slider.value);
    for (const frame of frames()) frame.style.setProperty("--heat", String(slider.value / 100));
  };
  slider.addEventListener("input", apply);
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "h" || typing(event)) return;
    if (Number(slider.value) > 0) before = slider.value;
    slider.value = Number(slider.value) > 0 ? 0 : before;
    apply();
  }, {signal});
  const control = h("label", {class: "heat-control"}, h("span", {}, "Heatmap ", h("kbd", {}, "H")), slider);
  return {control, apply};
}

// True where a key belongs to what is being typed or chosen.
export function typing(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input:not([type=range]):not([type=checkbox]), select, textarea, dialog") !== null;
}

// A photo that wheel, keys, drag and two fingers zoom and move.
export function viewer(part) {
  const frame = layers(part);
  const view = h("div", {class: "viewer", tabindex: 0, role: "group", "aria-label": `Photo of part ${called(part)}: plus and minus zoom, arrows move, 0 shows all`}, frame);
  let scale = 1, x = 0, y = 0;
  const pointers = new Map();
  function place() {
    const {width, height} = view.getBoundingClientRect();
    x = Math.min(0, Math.max(width * (1 - scale), x));
    y = Math.min(0, Math.max(height * (1 - scale), y));
    frame.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    view.classList.toggle("zoomed", scale > 1);
    frame.classList.toggle("pixels", scale * width / part.width > 2);
  }
  function zoom(factor, at) {
    const box = view.getBoundingClientRect();
    const [px, py] = at ? [at.clientX - box.left, at.clientY - box.top] : [box.width / 2, box.height / 2];
    const next = Math.min(40, Math.max(1, scale * factor));
    x = px - (px - x) * next / scale;
    y = py - (py - y) * next / scale;
    scale = next;
    place();
  }
  const all = () => { scale = 1; x = y = 0; place(); };
  view.addEventListener("wheel", (event) => {
    if (scale === 1 && event.deltaY > 0) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), event);
  }, {passive: false});
  view.addEventListener("dblclick", (event) => (scale > 1 ? all() : zoom(3, event)));
  view.addEventListener("pointerdown", (event) => {
    if (view.classList.contains("marking")) return;
    pointers.set(event.pointerId, event);
    view.setPointerCapture(event.pointerId);
  });
  view.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    if (pointers.size === 1) {
      x += event.clientX - before.clientX;
      y += event.clientY - before.clientY;
      place();
    } else {
      const other = [...pointers.values()].find((pointer) => pointer.pointerId !== event.pointerId);
      const span = (pointer) => Math.hypot(pointer.clientX - other.clientX, pointer.clientY - other.clientY) || 1;
      zoom(span(event) / span(before), {clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2});
    }
    pointers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel"]) view.addEventListener(end, (event) => pointers.delete(event.pointerId));
  view.addEventListener("keydown", (event) => {
    const step = 60;
    const keys = {
      "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), "0": all,
      ArrowLeft: () => { x += step; place(); }, ArrowRight: () => { x -= step; place(); },
      ArrowUp: () => { y += step; place(); }, ArrowDown: () => { y -= step; place(); },
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    if (scale === 1 && event.key.startsWith("Arrow")) return;
    event.preventDefault();
    keys[event.key]();
  });
  new ResizeObserver(place).observe(view);
  const buttons = h("div", {class: "zoom-buttons"},
    h("button", {type: "button", onclick: () => zoom(1.6), "aria-label": "Zoom in"}, "+"),
    h("button", {type: "button", onclick: () => zoom(1 / 1.6), "aria-label": "Zoom out"}, "−"),
    h("button", {type: "button", onclick: all}, "Fit"));
  const element = h("div", {class: "viewing"}, view, buttons);
  element.style.setProperty("--aspect", String(part.width / part.height || 1));
  return {element, frame, view,
    // Client coordinates as pixels of the photo.
    pixel(event) {
      const box = frame.getBoundingClientRect();
      const inside = (value, size) => Math.min(size, Math.max(0, value));
      return {x: inside((event.clientX - box.left) / box.width * part.width, part.width),
        y: inside((event.clientY - box.top) / box.height * part.height, part.height)};
    }};
}

// A patch and what is around it, cut out of a photo; the patch itself is framed.
export function cut(address, box, label) {
  const around = 1.5;
  const x = box.x - box.width * around, y = box.y - box.height * around;
  const side = 1 + 2 * around;
  return svg("svg", {class: "cut", role: "img", "aria-label": label, viewBox: `${x} ${y} ${box.width * side} ${box.height * side}`},
    svg("image", {href: address, x: 0, y: 0}),
    svg("rect", {x: box.x, y: box.y, width: box.width, height: box.height}));
}
