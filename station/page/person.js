// Who is at the page: a name for this session, no account.
import {h} from "./dom.js";

const KEY = "purebank-name";
export const name = () => sessionStorage.getItem(KEY) ?? "";

// A field for the name, kept while the browser's session lasts.
export function nameField() {
  const input = h("input", {class: "who", type: "text", maxlength: 100, autocomplete: "name", value: name(), required: true, placeholder: "your name"});
  input.addEventListener("input", () => sessionStorage.setItem(KEY, input.value.trim()));
  // The next key is an answer, not a letter of the name.
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") input.blur(); });
  return h("label", {class: "field"}, h("span", {}, "Who"), input);
}

// The name, or an error that says where it is asked for.
export function needName(root) {
  if (name() !== "") return name();
  root.querySelector(".who")?.focus();
  throw new Error("Enter your name first: it stands beside what you decide.");
}
