// Every page: a click on a picture, or Enter, shows it as large as the window; arrows go to its neighbours. Without scripts nothing is lost.
"use strict";
(() => {
  const pictures = [...document.querySelectorAll(".pictures img, .evidence svg.patch, .drawn img")];
  if (pictures.length === 0 || !window.HTMLDialogElement) return;
  const name = (picture) => picture.getAttribute("alt") ?? picture.getAttribute("aria-label");
  const dialog = document.createElement("dialog");
  const caption = document.createElement("p");
  dialog.className = "zoom";
  document.body.append(dialog);

  function show(picture) {
    const copy = picture.cloneNode(true);
    for (const attribute of ["tabindex", "role", "title", "width", "height"]) copy.removeAttribute(attribute);
    dialog.classList.toggle("drawn", picture.closest(".drawn") !== null);
    dialog.setAttribute("aria-label", name(picture));
    caption.textContent = name(picture);
    dialog.replaceChildren(copy, caption);
    dialog.shown = picture;
    if (!dialog.open) dialog.showModal();
  }

  // What a filter hides, or a fold, is passed over.
  function step(by) {
    const there = pictures.filter((picture) => picture === dialog.shown || picture.getClientRects().length > 0);
    show(there[(there.indexOf(dialog.shown) + by + there.length) % there.length]);
  }

  for (const picture of pictures) {
    picture.setAttribute("tabindex", "0");
    picture.setAttribute("role", "button");
    picture.classList.add("zooms");
    picture.addEventListener("click", () => show(picture));
    picture.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      show(picture);
    });
  }
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.shown.focus());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") step(1);
    else if (event.key === "ArrowLeft") step(-1);
  });
})();
