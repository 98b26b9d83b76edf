// One part: its photo to be looked at closely, the worst patches beside the nearest ones of the references, and what can be done.
import {get, partPath, post, remove} from "./api.js";
import {action, h, loading, own, wrong} from "./dom.js";
import {nameField, needName} from "./person.js";
import {cut, heatControl, photoOf, typing, viewer} from "./picture.js";
import {strip} from "./strip.js";
import {badge, called, LABELS, milliseconds, moment, origin, score, shape, VERDICTS} from "./words.js";

const STEPS = {wait_ms: "wait", decode_ms: "decode", features_ms: "features", score_ms: "score", store_ms: "store", total_ms: "all"};

function facts(part) {
  const rows = {Product: part.product, "Line and lot": origin(part), File: part.name, Id: called(part) === part.id ? "" : part.id, Judged: moment(part.time), "Bank version": part.bank,
    Photo: `${part.width} × ${part.height}`,
    Times: Object.entries(STEPS).map(([key, name]) => `${name} ${milliseconds(part.times[key])}`).join(", ")};
  return h("dl", {class: "facts"}, Object.entries(rows).filter(([, value]) => value !== "").map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

// What a person says of a part. @param changed gets the part as it is then
export function reviewBox(part, changed) {
  const box = h("section", {class: "panel review-box"}, h("h2", {}, "Review"));
  const say = async (label) => changed(await post(partPath(part.id) + "/review", {label, by: needName(box)}));
  box.append(part.review
    ? h("p", {}, h("strong", {}, LABELS[part.review.label]), " said ", part.review.by, ", ", moment(part.review.time))
    : h("p", {class: "soft"}, "Nobody has looked at it yet."),
    nameField(),
    h("div", {class: "labels"}, Object.entries(LABELS).map(([label, word]) =>
      action(h("button", {type: "button", class: "label " + label, "aria-pressed": String(part.review?.label === label)}, word, h("kbd", {}, word[0])), () => say(label))),
    part.review && action(h("button", {type: "button", class: "undo"}, "Undo"), async () => changed(await remove(partPath(part.id) + "/review")))));
  return box;
}

function mending(part) {
  const to = (kind) => `#mend/${encodeURIComponent(part.id)}/${kind}`;
  const alarm = part.verdict === "ng";
  return h("section", {class: "panel"}, h("h2", {}, "Was that wrong?"),
    h("p", {class: "soft"}, alarm ? "A good part that was rejected can teach the bank what good parts look like." : "A defect that passed: see what in the bank made it look normal, and take that out."),
    h("p", {class: "buttons"},
      h("a", {class: alarm ? "button primary" : "button", href: to("add")}, "False alarm: add as a reference"),
      h("a", {class: part.verdict === "ok" ? "button primary" : "button", href: to("missed")}, "Missed defect: find the cause")));
}

export function patchRow(patch, part) {
  return h("li", {class: "patch-row"},
    h("figure", {class: "of-part"}, cut(photoOf(part), patch.box, "patch of the part"), h("figcaption", {}, score(patch.score))),
    h("span", {class: "beside", "aria-hidden": "true"}, "≈"),
    patch.neighbours.slice(0, 3).map((near) => h("figure", {}, own(near.photo) ? cut(own(near.photo), near.box, "patch of reference " + near.name) : h("span", {class: "cut gone"}, "no photo"),
      h("figcaption", {}, score(near.distance), h("small", {}, near.variant === null ? near.name : `${near.name}, ${near.variant}`)))));
}

// What the version that judges now says, where that is another one or knows the photo.
function byNow(told, part) {
  if (told.is_reference)
    return h("p", {class: "by-now"}, h("span", {}, h("strong", {}, `It is a reference of bank version ${told.bank}`), ", which judges now, and finds itself there."));
  if (told.bank === part.bank) return "";
  return h("p", {class: "by-now"}, `By bank version ${told.bank}, which judges now: `, badge(told.verdict),
    told.score === null ? "" : ` score ${score(told.score)}, threshold ${score(told.threshold)}`);
}

async function nearest(part, now, signal) {
  const section = h("section", {class: "panel nearest"}, h("h2", {}, "Worst patches, and what the bank has nearest"), loading("Asking the bank"));
  get(partPath(part.id) + "/nearest", signal).then((told) => {
    now.replaceChildren(byNow(told, part));
    section.replaceChildren(h("h2", {}, "Worst patches, and what the bank has nearest"),
      h("p", {class: "soft"}, `Left: the patch of the part with its score. Beside it: patches of references with their distance, by bank version ${told.bank}.`),
      h("ol", {class: "patches"}, told.patches.map((patch) => patchRow(patch, part))));
  }, (error) => { if (!signal.aborted) section.replaceChildren(h("h2", {}, "Worst patches"), wrong(error)); });
  return section;
}

export async function show(root, {station, signal, rest}) {
  root.append(loading("Loading the part"));
  let part = await get(partPath(rest[0]), signal);
  const close = viewer(part);
  const {control, apply} = heatControl(() => [close.frame], signal);
  const review = h("div", {}), now = h("div", {"aria-live": "polite"});
  const draw = (changed) => {
    part = changed;
    review.replaceChildren(reviewBox(part, (next) => {
      draw(next);
      review.querySelector(".labels button").focus();
    }));
  };
  draw(part);
  root.replaceChildren(
    h("p", {class: "back"}, h("a", {href: "#parts"}, "← Parts")),
    h("div", {class: "title"}, h("h1", {}, called(part)), badge(part.verdict)),
    h("div", {class: "two"},
      h("div", {class: "stays"}, close.element, control),
      h("div", {},
        h("section", {class: "panel"}, h("h2", {class: "said " + part.verdict}, shape(part.verdict), `${VERDICTS[part.verdict]}${part.score === null ? "" : ", score " + score(part.score)}`),
          strip(part), part.reasons.map((reason) => h("p", {class: "reason"}, reason)), now, facts(part)),
        review, mending(part))),
    await nearest(part, now, signal));
  apply();
  document.addEventListener("keydown", (event) => {
    const label = {g: "good", d: "defect", u: "unusable"}[event.key.toLowerCase()];
    if (label && !typing(event)) review.querySelector(".label." + label)?.click();
  }, {signal});
  station.news.addEventListener("review", ({detail}) => { if (detail.id === part.id && JSON.stringify(detail.review) !== JSON.stringify(part.review)) draw(detail); }, {signal});
}
