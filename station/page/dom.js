// Elements from texts: nothing that came from outside is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// h("p", {class: "note"}, "text", child): children that are no elements become text.
export const h = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);

export const svg = (tag, properties, ...children) => fill(document.createElementNS(SVG, tag), properties, children);

// Addresses that the station tells are followed only when they are its own.
export function own(address) {
  return typeof address === "string" && /^\/api\/v1\/[^\\]*$/.test(address) && !address.includes("//") ? address : null;
}

export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

// Runs what a button starts: it can be pressed once until that ends, and a failure is said beside it.
export function action(button, run) {
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy") === "true") return;
    const old = button.parentNode.querySelector(":scope > .wrong");
    if (old) old.remove();
    button.setAttribute("aria-busy", "true");
    try {
      await run();
    } catch (error) {
      if (error.name !== "AbortError") button.after(wrong(error));
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  return button;
}

export const wrong = (error) => h("p", {class: "wrong", role: "alert"}, error.message);

export const loading = (text) => h("p", {class: "loading", role: "status"}, text);
