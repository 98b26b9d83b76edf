// Review: one part after another, what pays most first, one key for each answer.
import {get, partPath, post, query, remove} from "./api.js";
import {announce, h, loading, wrong} from "./dom.js";
import {name, nameField} from "./person.js";
import {heatControl, layers, typing, viewer} from "./picture.js";
import {strip} from "./strip.js";
import {badge, called, count, LABELS, moment, origin} from "./words.js";

const WHY = {ng: "It was rejected", near: "It is close to the threshold", unusable: "Its photo could not be judged", random: "A random check of what passed"};
const KEYS = {g: "good", d: "defect", u: "unusable"};

export async function show(root, {station, signal}) {
  let entries = [], left = 0, busy = false;
  const passed = new Set(); // put off for later, until the section is left
  const done = []; // what was said or put off here, for undo
  const stage = h("div", {class: "review-stage"});
  const counted = h("p", {class: "left", role: "status"});
  const who = nameField();
  const trouble = h("div", {"aria-live": "assertive"});
  let frames = [];
  const {control, apply} = heatControl(() => frames, signal);
  const labels = Object.entries(KEYS).map(([key, label]) => h("button", {type: "button", class: "label " + label, onclick: () => say(label)}, LABELS[label], h("kbd", {}, key.toUpperCase())));
  const later = h("button", {type: "button", onclick: skip}, "Later", h("kbd", {}, "L"));
  const undo = h("button", {type: "button", class: "undo", onclick: () => back(), disabled: true}, "Undo", h("kbd", {}, "Z"));
  root.replaceChildren(h("div", {class: "title"}, h("h1", {}, "Review"), counted, who), stage,
    h("div", {class: "review-bar"}, h("div", {class: "labels"}, labels, later, undo), trouble));

  const current = () => entries.find(({part}) => !passed.has(part.id));

  async function load() {
    const told = await get("review" + query({product: station.product, limit: 50}), signal);
    entries = told.entries;
    left = told.left;
  }

  function draw() {
    const entry = current();
    counted.textContent = left === 0 ? "Nothing waits" : `${count(left, "part")} ${left === 1 ? "waits" : "wait"}`;
    for (const button of [...labels, later]) button.disabled = !entry;
    undo.disabled = done.length === 0;
    if (!entry) {
      frames = [];
      stage.replaceChildren(h("section", {class: "panel waiting"}, h("h2", {}, left > 0 ? "The rest was put off" : "All that pays has been looked at"),
        h("p", {}, "New parts come by themselves. What was said here sets the threshold: ", h("a", {href: "#bank"}, "Bank"), ".")));
      return;
    }
    const {part, why} = entry;
    const close = viewer(part);
    frames = [close.frame];
    apply();
    const next = entries.filter((each) => each !== entry && !passed.has(each.part.id))[0];
    stage.replaceChildren(h("p", {class: "why"}, badge(part.verdict), WHY[why]), close.element, h("aside", {class: "panel"}, strip(part),
      h("p", {}, h("a", {href: "#part/" + encodeURIComponent(part.id)}, called(part))),
      h("p", {class: "soft"}, moment(part.time), " · ", [part.product, origin(part)].filter(Boolean).join(" · ")),
      part.reasons.map((reason) => h("p", {class: "reason"}, reason)), control),
      next ? h("div", {class: "unseen", "aria-hidden": "true"}, layers(next.part)) : ""); // fetched ahead
    announce(`${WHY[why]}: part ${called(part)}`);
  }

  async function step(run) {
    if (busy) return;
    busy = true;
    trouble.replaceChildren();
    try {
      await run();
    } catch (error) {
      if (!signal.aborted) trouble.replaceChildren(wrong(error));
    }
    busy = false;
  }

  const say = (label) => step(async () => {
    const entry = current();
    if (!entry) return;
    if (name() === "") {
      who.querySelector("input").focus();
      throw new Error("Enter your name first: it stands beside what you decide.");
    }
    await post(partPath(entry.part.id) + "/review", {label, by: name()}, signal);
    done.push({entry, said: true});
    entries = entries.filter((each) => each !== entry);
    left = Math.max(0, left - 1);
    if (!current()) await load();
    draw();
  });

  const back = () => step(async () => {
    const last = done.at(-1);
    if (!last) return;
    const {entry, said} = last;
    if (said) await remove(partPath(entry.part.id) + "/review", signal);
    done.pop();
    passed.delete(entry.part.id);
    entries = [entry, ...entries.filter((each) => each.part.id !== entry.part.id)];
    left += said ? 1 : 0;
    draw();
  });

  function skip() {
    const entry = current();
    if (!entry) return;
    passed.add(entry.part.id);
    done.push({entry, said: false});
    draw();
  }

  document.addEventListener("keydown", (event) => {
    if (typing(event)) return;
    const key = event.key.toLowerCase();
    if (KEYS[key]) say(KEYS[key]);
    else if (key === "z") back();
    else if (key === "l") skip();
  }, {signal});
  // A queue that was empty fills by itself; one that is being worked on stays in its order.
  let asked = false;
  station.news.addEventListener("part", async () => {
    if (current() || busy || asked) return;
    asked = true;
    await load().then(draw, () => {});
    asked = false;
  }, {signal});
  const wait = loading("Loading the queue");
  stage.append(wait);
  await load();
  draw();
}
