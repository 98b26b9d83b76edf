// Bank: its versions and what changed, the references with their audit, and the threshold with its evidence.
import {get, post, productPath} from "./api.js";
import {offer} from "./change.js";
import {action, announce, h, loading, own, wrong} from "./dom.js";
import {nameField, needName} from "./person.js";
import {plot, unitsFor} from "./chart.js";
import {count, moment, percent, score} from "./words.js";

const METHODS = {conformal: "an order statistic of good parts, without assumptions", "log-t": "assumes that logarithms of good scores are normal"};
const ACTIONS = {import: "Imported", calibrate: "Calibrated", "add-reference": "Reference added", "remove-reference": "Reference removed", "remove-patches": "Patches removed"};

function thresholdFacts(threshold) {
  return h("dl", {class: "facts row"},
    h("div", {}, h("dt", {}, "Threshold"), h("dd", {}, score(threshold.value))),
    h("div", {}, h("dt", {}, "False alarms asked"), h("dd", {}, percent(threshold.false_alarm_rate))),
    threshold.bound !== null && h("div", {}, h("dt", {}, "9 of 10 stations stay below"), h("dd", {}, percent(threshold.bound))),
    h("div", {}, h("dt", {}, "Rests on"), h("dd", {}, count(threshold.n, "good part"), h("small", {}, METHODS[threshold.method] ?? threshold.method))));
}

function versionEntry(version, product, open, reload, judges) {
  const address = `#bank/${encodeURIComponent(product)}/${version.version}`;
  const tools = h("div", {class: "version-tools"});
  if (version.active && judges) tools.append(h("span", {class: "active-mark"}, "judges now"));
  else if (version.active) tools.append(h("span", {class: "active-mark broken"}, "cannot be loaded"));
  else {
    const ask = h("button", {type: "button", onclick: () => tools.replaceChildren(activation(version, product, reload, () => { tools.replaceChildren(ask); ask.focus(); }))}, "Activate");
    tools.append(ask);
  }
  return h("li", {class: "version" + (version.active ? " active" : ""), "aria-current": version.version === open ? "true" : null},
    h("div", {class: "version-head"}, h("a", {href: address}, h("strong", {}, `Version ${version.version}`)), h("span", {class: "soft"}, ACTIONS[version.action] ?? version.action)),
    h("p", {class: "change"}, version.change),
    h("p", {class: "soft"}, version.author, ", ", moment(version.time), version.reason && `: “${version.reason}”`),
    version.evidence.length > 0 && h("ul", {class: "evidence"}, version.evidence.map((line) => h("li", {}, line))),
    tools);
}

// Enter goes from the name to the reason, and from there lets the version judge; Escape leaves all as it is.
function activation(version, product, reload, leave) {
  const reason = h("input", {type: "text", maxlength: 500, placeholder: "why"});
  const button = action(h("button", {type: "button", class: "primary"}, `Let version ${version.version} judge`), async () => {
    await post(productPath(product) + "/active", {version: version.version, by: needName(box), reason: reason.value.trim()});
    announce(`Version ${version.version} judges from now on`);
    await reload(true);
  });
  const box = h("div", {class: "apply-form"}, nameField(), h("label", {class: "field wide"}, h("span", {}, "Why"), reason), button);
  const who = box.querySelector(".who");
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
    else if (event.key === "Enter" && event.target === who) reason.focus();
    else if (event.key === "Enter" && event.target === reason) button.click();
    else return;
    event.preventDefault();
  });
  queueMicrotask(() => (who.value === "" ? who : reason).focus());
  return box;
}

function referenceTile(reference) {
  const state = reference.kept ? "" : "left out";
  return h("li", {class: "reference" + (reference.flagged ? " flagged" : "") + (reference.kept ? "" : " out")},
    own(reference.thumbnail) ? h("a", {href: own(reference.photo), target: "_blank", rel: "noopener"}, h("img", {src: own(reference.thumbnail), alt: `Reference ${reference.name}`, loading: "lazy"})) : h("div", {class: "gone"}, "no photo"),
    h("strong", {}, reference.name),
    h("small", {}, reference.audit_score === null ? "not audited" : `audit ${score(reference.audit_score)}`, reference.loo_score === null ? "" : ` · score ${score(reference.loo_score)}`),
    (state || reference.flagged) && h("small", {class: "flags"}, [reference.flagged && "flagged", state, reference.reviewed && "decided by a person"].filter(Boolean).join(", ")),
    reference.unusable && h("small", {class: "flags"}, reference.unusable));
}

function detail(bank) {
  const {version, audit, findings, references, roi, augment} = bank;
  return h("section", {class: "panel bank-detail"}, h("h2", {}, `Version ${version.version}`),
    thresholdFacts(version.threshold),
    roi && h("p", {class: "soft"}, `Region of interest ${roi.name}: ${roi.inside.toLocaleString("en")} of ${roi.patches.toLocaleString("en")} patches count; what lies outside, dark on the heatmaps, is not looked at.`),
    augment && h("p", {class: "soft"}, `Each reference stands with altered copies (${augment}), which count as the reference itself.`),
    findings.length > 0 && h("ul", {class: "findings"}, findings.map((line) => h("li", {}, line))),
    h("h3", {}, `${count(references.length, "reference")}, ${version.references} in the bank`),
    h("p", {class: "soft"}, audit.rule === "" ? "No audit ran." : `Most suspicious first, by ${audit.rule}${audit.limit === null ? "" : `, limit ${score(audit.limit)}`}. ${version.rows.toLocaleString("en")} descriptors.`),
    h("ul", {class: "references"}, references.map(referenceTile)));
}

function curve(told, width) {
  const {good, defect, caught_before: caughtBefore, caught_after: caughtAfter, good_above_before: aboveBefore, good_above_after: aboveAfter} = told.calibration;
  const before = told.threshold_before.value, after = told.threshold_after.value;
  const share = (n, of) => (of === 0 ? "–" : `${n} of ${of} (${percent(n / of, 0)})`);
  const rows = h("table", {class: "trade"}, h("thead", {}, h("tr", {}, ["", "now", "then"].map((text) => h("th", {scope: "col"}, text)))),
    h("tbody", {}, [
      ["Threshold", score(before), score(after)],
      ["Reviewed good parts above it", share(aboveBefore, good.length), share(aboveAfter, good.length)],
      ["Known defects caught", share(caughtBefore, defect.length), share(caughtAfter, defect.length)],
      ["9 of 10 stations see at most", told.threshold_before.bound === null ? "–" : percent(told.threshold_before.bound), told.threshold_after.bound === null ? "–" : percent(told.threshold_after.bound)],
    ].map(([name, ...cells]) => h("tr", {}, h("th", {scope: "row"}, name), cells.map((cell) => h("td", {}, cell))))));
  const values = [before, after, ...good, ...defect];
  if (good.length + defect.length < 2) return [rows];
  const low = Math.min(...values), high = Math.max(...values), room = 0.05 * (high - low || 1);
  // The share of parts above each threshold falls at their scores, which are sorted.
  const falling = (scores) => [[low - room, 1], ...scores.map((value, i) => [value, (scores.length - i - 1) / scores.length]), [high + room, 0]];
  const drawn = plot({label: "Share of good parts above and of defects caught, by threshold", x: [low - room, high + room], y: [0, 1], xName: "threshold", yText: (value) => percent(value, 0), width});
  if (good.length > 0) drawn.steps(falling(good), "good");
  if (defect.length > 0) drawn.steps(falling(defect), "defect");
  drawn.rug(good, "good", false).rug(defect, "defect", true).up(before, "now", "now", 0).up(after, "then", "then", 1);
  return [rows, h("figure", {}, drawn.element, h("figcaption", {}, h("span", {class: "key good"}, "good parts above the threshold"), h("span", {class: "key defect"}, "known defects caught"), " Ticks: single parts, good below and defects above."))];
}

function calibration(product, station, signal) {
  const outcome = h("div", {});
  const known = station.known(product);
  const rate = h("input", {type: "text", inputmode: "decimal", maxlength: 12, value: known?.rate ? Number((100 * known.rate).toPrecision(4)) : 1, required: true});
  const box = h("section", {class: "panel", id: "calibration"}, h("h2", {}, "Threshold from reviewed parts"),
    known && h("p", {}, `${count(known.reviewed.good, "good part")} and ${count(known.reviewed.defect, "defect")} were reviewed. `,
      h("span", {class: "soft"}, "Good ones set the threshold: with 99 of them 1\u00a0% is promised without assumptions. Defects only say what is caught.")),
    h("div", {class: "apply-form"}, h("label", {class: "field"}, h("span", {}, "False alarms, %"), rate),
      action(h("button", {type: "button"}, "Show what it would be"), () => {
        const share = Number(rate.value.trim().replace(",", ".")) / 100; // a browser's own field drops the comma of 1,5
        if (!(share >= 0.0001 && share <= 0.5)) throw new Error("The rate is a percentage from 0.01 to 50, such as 1 or 1,5.");
        return offer(outcome, {station, product, change: {action: "calibrate", rate: share}, signal, facts: (told) => curve(told, unitsFor(outcome.clientWidth))}).catch((error) => { outcome.replaceChildren(); throw error; });
      })));
  return [box, outcome];
}

export async function show(root, {station, signal, rest}) {
  const product = rest[0] && station.known(rest[0]) ? rest[0] : station.oneProduct();
  root.append(loading("Loading the bank"));
  const list = h("div", {}), open = h("div", {});
  root.replaceChildren(h("div", {class: "title"}, h("h1", {}, "Bank"), h("p", {class: "soft"}, product, station.known(product)?.backbone && ` · ${station.known(product).backbone}`)),
    station.products.length > 1 && h("nav", {class: "tabs", "aria-label": "Products"}, station.products.map(({name}) => h("a", {href: "#bank/" + encodeURIComponent(name), "aria-current": name === product ? "true" : null}, name))) || "",
    h("div", {class: "two banks"}, h("div", {}, list), h("div", {}, calibration(product, station, signal), open)));
  async function load(focus = false) {
    const told = await get(productPath(product) + "/banks", signal);
    const asked = Number(rest[1]) || told.active;
    const trouble = station.known(product)?.trouble && (await get("products", signal)).products.find(({name}) => name === product)?.trouble;
    const stays = focus || list.contains(document.activeElement); // what is drawn anew takes the focus with it
    list.replaceChildren(h("section", {class: "panel"}, h("h2", {}, "Versions"), h("ol", {class: "versions", reversed: true}, told.versions.map((version) => versionEntry(version, product, asked, again, !trouble)))),
      h("details", {class: "panel"}, h("summary", {}, "Who activated what"), h("ul", {class: "activations"}, told.activations.map((each) => h("li", {}, `Version ${each.version}: ${each.by}, `, moment(each.time), each.reason && `: “${each.reason}”`)))));
    if (stays) list.querySelector(".version.active a")?.focus();
    open.replaceChildren(loading(`Loading version ${asked}`));
    // The list stays where a version cannot be read: from it another one is activated.
    open.replaceChildren(await get(`${productPath(product)}/banks/${asked}`, signal).then(detail, (error) => {
      if (signal.aborted) throw error;
      return h("section", {class: "panel"}, h("h2", {}, `Version ${asked}`), wrong(error));
    }));
  }
  const again = (focus) => load(focus).catch((error) => { if (!signal.aborted) list.replaceChildren(wrong(error)); });
  station.news.addEventListener("bank", ({detail: news}) => { if (news.product === product) again(); }, {signal});
  await load();
}
