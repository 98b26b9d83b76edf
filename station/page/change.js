// A change of a bank: what it would do is shown first; only a click, with a name and a reason, makes it.
import {get, post, productPath} from "./api.js";
import {action, announce, h, loading, own} from "./dom.js";
import {nameField, needName} from "./person.js";
import {badge, count, LABELS, percent, score, VERDICTS} from "./words.js";

const arrow = () => h("span", {class: "arrow", "aria-label": "becomes"}, "→");

export function thresholdLine(before, after) {
  return h("p", {class: "before-after"}, h("span", {class: "soft"}, "Threshold "), h("strong", {}, score(before.value)), arrow(), h("strong", {}, score(after.value)),
    h("small", {}, before.value === after.value ? "unchanged" : `${after.value > before.value ? "+" : "−"}${percent(Math.abs(after.value / before.value - 1))}`));
}

function changedTile(part) {
  return h("li", {}, h("a", {class: "tile", href: "#part/" + encodeURIComponent(part.id),
    "aria-label": `${part.id}: ${VERDICTS[part.verdict_before]} becomes ${VERDICTS[part.verdict_after]}`},
    h("img", {src: own(part.thumbnail), alt: "", loading: "lazy"}),
    h("span", {class: "flip"}, badge(part.verdict_before), arrow(), badge(part.verdict_after)),
    h("small", {}, `${score(part.score_before)} → ${score(part.score_after)}`),
    part.review && h("small", {class: "reviewed"}, `reviewed: ${LABELS[part.review.label]}`)));
}

function effects({checked, late, to_ok: toOk, to_ng: toNg, to_unusable: toUnusable, parts}) {
  const n = toOk + toNg + toUnusable;
  const head = checked === 0 ? "There are no earlier parts to try it on." : n === 0 ? `None of the last ${count(checked, "part")} would change its verdict.`
    : `${n.toLocaleString("en")} of the last ${count(checked, "part")} would change: ${toOk} to OK, ${toNg} to NG${toUnusable > 0 ? `, ${toUnusable} to unusable` : ""}.`;
  const against = parts.filter((part) => part.review && (part.review.label === "defect" && part.verdict_after === "ok" || part.review.label === "good" && part.verdict_after === "ng"));
  return h("section", {class: "effects"}, h("h3", {}, head),
    against.length > 0 && h("p", {class: "wrong"}, `${count(against.length, "of them is", "of them are")} against what people said of ${against.length === 1 ? "it" : "them"}.`),
    parts.length > 0 && h("ul", {class: "tiles"}, parts.map(changedTile)),
    late > 0 && h("p", {class: "soft"}, `${count(late, "older part was", "older parts were")} not tried: the time for it was over.`),
    n > parts.length && parts.length > 0 && h("p", {class: "soft"}, `The newest ${parts.length} are shown.`));
}

function auditLine(audit) {
  if (audit === null) return null;
  const bad = audit.flagged || audit.unusable !== "";
  const limit = audit.limit === null ? "" : `, limit ${score(audit.limit)}`;
  return h("p", {class: bad ? "audit bad" : "audit good"}, h("strong", {}, bad ? "The audit flags it. " : "The audit finds nothing odd. "),
    audit.unusable || `${audit.rule}: ${score(audit.score)}${limit}.`, bad && " Add it only if you are sure that it is a good part.");
}

// A flagged reference asks for a second word: one that shows a defect makes others like it pass.
function doubt({audit}) {
  return audit !== null && (audit.flagged || audit.unusable !== "") ? h("label", {class: "sure"}, h("input", {type: "checkbox"}), "It is a good part, although the audit flags it") : null;
}

function partLine(part) {
  return part && h("p", {class: "before-after"}, h("span", {class: "soft"}, "This part "), badge(part.verdict_before), score(part.score_before), arrow(), badge(part.verdict_after), score(part.score_after));
}

// Shows what `change` would do to the bank of `product`, in `root`, with the form that applies it.
// @param facts what else is to be said of a preview: a function of it, giving elements
// @param seen the version that `change` was chosen by, where numbers of its references or descriptors are in it; else the one that judges
export async function offer(root, {station, product, change, signal, seen = 0, facts = () => []}) {
  root.replaceChildren(loading("Trying it on the last parts"));
  const base = seen || (await get(productPath(product) + "/banks", signal)).active;
  const told = await post(productPath(product) + "/changes/preview", {...change, base}, signal);
  const reason = h("input", {type: "text", class: "reason-field", maxlength: 500, placeholder: "such as: reflection on a good part"});
  const result = h("section", {class: "panel offer"});
  const sure = doubt(told);
  const button = action(h("button", {type: "button", class: "primary apply"}, `Apply as a new version`), async () => {
    const by = needName(result);
    if (sure && !sure.firstChild.checked) {
      sure.firstChild.focus();
      throw new Error("The audit flags it: say first that you are sure.");
    }
    if (reason.value.trim() === "") {
      reason.focus();
      throw new Error("Say why: it stands in the list of versions.");
    }
    const made = await post(productPath(product) + "/changes", {...change, base, by, reason: reason.value.trim()}, signal);
    announce(`Version ${made.version} judges from now on`);
    const earlier = station.known(product);
    if (earlier) earlier.active = made.version;
    result.replaceChildren(h("h2", {}, `Version ${made.version} judges from now on`), h("p", {class: "change"}, made.change),
      h("p", {class: "buttons"}, h("a", {class: "button primary", href: `#bank/${encodeURIComponent(product)}/${made.version}`}, "Show it"),
        change.part && h("a", {class: "button", href: "#part/" + encodeURIComponent(change.part)}, "Back to the part")));
    result.querySelector("a").focus();
  });
  reason.addEventListener("keydown", (event) => { if (event.key === "Enter") button.click(); });
  result.append(h("h2", {}, "What it would do"), h("p", {class: "change"}, told.change), auditLine(told.audit) ?? "", thresholdLine(told.threshold_before, told.threshold_after), partLine(told.part) ?? "",
    ...facts(told), effects(told.effect),
    h("div", {class: "apply-form"}, nameField(), h("label", {class: "field wide"}, h("span", {}, "Why"), reason), sure ?? "", button),
    h("p", {class: "soft"}, "Nothing has changed yet. Any version can be brought back."));
  root.replaceChildren(result);
  announce("The preview is ready");
}
