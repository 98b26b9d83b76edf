// The frame of the page: which section the address names, which product is shown, what comes from the station by itself.
import {get, onUnauthorized, post, query} from "./api.js";
import {h, wrong} from "./dom.js";
import * as bank from "./bank.js";
import * as health from "./health.js";
import * as live from "./live.js";
import * as mend from "./mend.js";
import * as part from "./part.js";
import * as parts from "./parts.js";
import * as review from "./review.js";

const SECTIONS = {live, parts, part, review, bank, mend, health};
const BELONGS = {part: "parts", mend: "parts"}; // the entry of the navigation that is lit
const main = document.getElementById("main");
const picker = document.getElementById("product");

// What sections share. `news` carries "part", "review" and "bank" with what the station said as `detail`, and "again" after a gap.
const station = {products: [], product: "", news: new EventTarget()};

// One that has to be chosen: banks belong to a product.
station.oneProduct = () => station.product || station.products[0]?.name || "";
station.known = (name) => station.products.find((product) => product.name === name);

let leaving = new AbortController();

function address() {
  const [path, values] = location.hash.slice(1).split("?");
  const [section, ...rest] = path.split("/");
  return {section: SECTIONS[section] ? section : "live", rest: rest.map(decodeURIComponent), values: new URLSearchParams(values ?? "")};
}

async function show() {
  leaving.abort();
  leaving = new AbortController();
  const {signal} = leaving;
  const where = address();
  document.body.dataset.section = where.section;
  for (const link of document.querySelectorAll("header nav a")) {
    const here = link.getAttribute("href") === "#" + (BELONGS[where.section] ?? where.section);
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.replaceChildren();
  try {
    await SECTIONS[where.section].show(main, {station, signal, rest: where.rest, values: where.values});
    if (!signal.aborted) document.title = `${main.querySelector("h1")?.textContent ?? "Live"} – ${station.name}`;
  } catch (error) {
    if (!signal.aborted) main.replaceChildren(h("section", {class: "panel"}, wrong(error), h("button", {type: "button", onclick: show}, "Try again")));
  }
}

async function loadProducts() {
  const told = await get("products");
  station.products = told.products;
  station.name = told.station;
  document.getElementById("station").textContent = told.station;
  document.getElementById("station").title = "purebank " + told.version;
  const asked = sessionStorage.getItem("purebank-product") ?? "";
  station.product = told.products.length === 1 ? told.products[0].name : station.known(asked) ? asked : "";
  picker.replaceChildren(h("option", {value: ""}, "All"), ...told.products.map(({name}) => h("option", {value: name}, name)));
  picker.value = station.product;
  document.getElementById("product-label").hidden = told.products.length < 2;
}

picker.addEventListener("change", () => {
  station.product = picker.value;
  sessionStorage.setItem("purebank-product", picker.value);
  listen();
  needsPerson();
  show();
});

// Banners: what the station says, and what it cannot say itself, that it is not there.
const banners = document.getElementById("banners");
let lost = false;
let told = [];

function drawBanners() {
  const here = lost ? [{level: "error", text: "No connection to the station: what you see may be old.", address: ""}] : [];
  const drawn = [...here, ...told].map(({level, text, address: to}) => h("p", {class: "banner " + (level === "error" ? "error" : "warning")},
    h("strong", {}, level === "error" ? "Error" : "Check"), h("span", {}, text),
    /^#[a-z]+/.test(to) && to !== "#" + address().section && h("a", {href: to}, "Show")));
  const text = (nodes) => nodes.map((node) => node.textContent).join();
  if (text([...banners.children]) !== text(drawn)) banners.replaceChildren(...drawn);
  document.body.classList.toggle("lost", lost);
}

function mark(id, n) {
  const element = document.getElementById(id);
  element.hidden = !n;
  element.textContent = n > 999 ? "999+" : String(n);
}

async function needsPerson() {
  try {
    const names = station.product ? [station.product] : station.products.map(({name}) => name);
    const each = await Promise.all(names.map((product) => get("health" + query({product}))));
    const seen = new Map();
    each.forEach(({banners: list}, i) => list.forEach((banner) => {
      const text = names.length > 1 && banner.address !== "#health" ? `${names[i]}: ${banner.text}` : banner.text;
      seen.set(text, {...banner, text});
    }));
    told = [...seen.values()];
    mark("alarms", told.length);
    mark("waiting", (await get("review" + query({product: station.product, limit: 1}))).left);
  } catch (error) {
    if (error.status !== 0) told = [{level: "error", text: error.message, address: "#health"}];
  }
  drawBanners();
}

// A browser has few connections to one station, and a stream holds one as long as it is open: a page that nobody sees lets go of it.
let events = null;
let away = false;
function listen() {
  events?.close();
  if (document.hidden) {
    away = true;
    return;
  }
  events = new EventSource("/api/v1/events" + query({product: station.product}));
  const mine = events;
  mine.addEventListener("open", () => {
    const gap = lost || away;
    lost = away = false;
    drawBanners();
    if (gap) station.news.dispatchEvent(new Event("again"));
  });
  mine.addEventListener("error", () => {
    if (mine !== events) return;
    lost = true;
    drawBanners();
    // A browser gives up for good when the station answers with an error, as one does that is starting.
    if (mine.readyState === EventSource.CLOSED) setTimeout(() => { if (mine === events) listen(); }, 3000);
  });
  for (const kind of ["part", "review", "bank"])
    mine.addEventListener(kind, (event) => station.news.dispatchEvent(new CustomEvent(kind, {detail: JSON.parse(event.data)})));
}

function leave() {
  events?.close();
  events = null;
  away = true;
}
window.addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });

const dialog = document.getElementById("sign-in");
let asking = null;
onUnauthorized(() => {
  asking ??= new Promise((resolve) => {
    dialog.querySelector("form").onsubmit = async (event) => {
      event.preventDefault();
      try {
        await post("session", {token: document.getElementById("token").value});
        document.getElementById("token").value = "";
        dialog.close();
        asking = null;
        resolve();
        listen();
      } catch (error) {
        document.getElementById("sign-in-error").textContent = error.message;
      }
    };
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.showModal();
  });
  return asking;
});

station.news.addEventListener("bank", () => loadProducts().then(needsPerson, () => {}));
let soon = 0;
for (const kind of ["part", "review", "again"])
  station.news.addEventListener(kind, () => { soon ||= setTimeout(() => { soon = 0; needsPerson(); }, 5000); });

async function start() {
  try {
    await loadProducts();
  } catch (error) {
    lost = error.status === 0;
    drawBanners();
    main.replaceChildren(h("section", {class: "panel"}, wrong(error)));
    setTimeout(start, 3000);
    return;
  }
  lost = false;
  listen();
  needsPerson();
  setInterval(needsPerson, 30000);
  window.addEventListener("hashchange", () => { show(); drawBanners(); window.scrollTo(0, 0); });
  show();
}
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // "#main" is no section
  main.focus();
});
start();
