// The audit page's decisions: counts them while they change, and saves them as decisions.json.
"use strict";
(() => {
  const record = JSON.parse(document.getElementById("decisions").textContent);
  const images = record.images;
  const audited = images.map((image) => image.decision);
  const cards = images.map((_, i) => document.getElementById("reference-" + i));
  const summary = document.getElementById("summary");
  const state = document.getElementById("state");
  let saved = null; // the decisions last saved, as text

  const chosen = (i) => cards[i].querySelector("input:checked").value;
  const count = (decision) => images.filter((image) => image.decision === decision).length;
  const current = () => images.map((image) => image.decision).join();

  function update() {
    images.forEach((image, i) => {
      image.decision = chosen(i);
      cards[i].classList.toggle("changed", image.decision !== audited[i]);
    });
    const again = count("recapture");
    summary.textContent = `${count("keep")} stay, ${count("remove") + again} leave` +
      (again ? ` (${again} to recapture)` : "");
    const few = count("keep") < 2 ? "A bank needs at least 2 images. " : "";
    if (current() === saved) {
      state.textContent = few + "Saved. Next: fit with these decisions (decisions.json)";
    } else if (saved !== null || current() !== audited.join()) {
      state.textContent = few + "Unsaved changes";
    } else {
      state.textContent = few + state.dataset.initial;
    }
    state.classList.toggle("unsaved", unsaved());
  }

  function unsaved() {
    return current() !== (saved === null ? audited.join() : saved);
  }

  function save() {
    const text = JSON.stringify(record, null, 2) + "\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "decisions.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    saved = current();
    update();
  }

  document.addEventListener("change", update);
  document.getElementById("save").addEventListener("click", save);
  window.addEventListener("pageshow", update);
  window.addEventListener("beforeunload", (event) => {
    if (unsaved()) event.preventDefault();
  });
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details.reading").forEach((details) => { details.open = true; });
  });
  document.getElementById("bar").hidden = false;
  update();
})();
