// What every page gains from a script: a theme, keys, and suggestions while typing. Everything is
// complete without.

/** What each key does; a page may add its own. Whatever returns false leaves the key to the browser. */
export const KEYS = {
  "/": () => document.querySelector("input[type=search]")?.select(),
  "?": help,
};

const root = document.documentElement;
/** All elements that ``selector`` finds. */
export const all = (selector, within = document) => within.querySelectorAll(selector);
/** A new element with its attributes and children. */
export const made = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

/** The one gate to markup from text, and to workers: pages of our own, and these scripts. */
const WORKERS = ["/sw.js", new URL("look.js", import.meta.url).pathname];
export const policy = window.trustedTypes?.createPolicy("fragment", {
  createHTML: (html) => html,
  createScriptURL: (url) => {
    if (!WORKERS.includes(url)) throw new TypeError(`not a script of ours: ${url}`);
    return url;
  },
}) ?? { createHTML: (html) => html, createScriptURL: (url) => url };

theme();
keys();
strip();
for (const form of all("form.find")) {
  form.addEventListener("focusin", () => import("./suggest.js").then(({ suggestions }) => suggestions(form)), { once: true });
}
for (const event of ["online", "offline"]) addEventListener(event, offline);
offline();
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register(policy.createScriptURL("/sw.js")).catch(() => {});
}

function theme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  for (const button of all("button.theme")) {
    const name = () => {
      button.ariaLabel = isDark() ? "Switch to light theme" : "Switch to dark theme";
      const use = button.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, isDark() ? "#sun" : "#moon"));
    };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      localStorage.setItem("theme", root.dataset.theme);
      name();
    });
    dark.addEventListener("change", name);
    name();
  }
}

/** Say where this page has been, by the headers that it came with; route.js asks for the rest. */
function strip() {
  const [came] = performance.getEntriesByType("navigation");
  const told = Object.fromEntries((came?.serverTiming ?? []).map((each) => [each.name, each]));
  const stops = ["gateway", "search", "media", "redis", "dynamodb", "s3"].filter((stop) => told[stop]);
  if (!stops.length) return;
  const id = told.route?.description;
  for (const link of all("a.strip")) {
    if (id) link.href = `/route/${id}`;
    link.lastChild.textContent = `${stops.length + 1} stops, ${told.gateway.duration.toFixed(1)} ms`;
    const line = link.firstChild;
    ["you", ...stops].forEach((stop, place) => {
      const dot = document.createElementNS(line.namespaceURI, "circle");
      for (const [name, value] of Object.entries({ class: `s-${stop}`, cx: 4 + (80 * place) / stops.length, cy: 6, r: 4 })) dot.setAttribute(name, value);
      line.append(dot);
    });
  }
  if (id) for (const event of ["load", "pagehide"]) addEventListener(event, () => keep(id, came));
}

function keep(id, came) {
  const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  const kept = JSON.parse(sessionStorage.routes ?? "[]").filter((page) => page.id !== id);
  kept.unshift({ id, path: location.pathname + location.search, came, paint });
  sessionStorage.routes = JSON.stringify(kept.slice(0, 10));
}

/** Say that there is no network, for as long as that is so. */
function offline() {
  document.querySelector(".offline")?.remove();
  if (navigator.onLine) return;
  document.querySelector("main").before(made("p", { class: "note offline", role: "status" }, "You are offline. What you opened lately still opens."));
}

/** One listener for all keys; it keeps out of the way of typing and of the browser's own. */
function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog[open], .crop")) return;
    const does = KEYS[event.key];
    if (!does || does(event.key) === false) return;
    event.preventDefault();
  });
}

function help() {
  const rows = [
    ["/", "Search"], ["h j k l", "Move over the wallpapers"], ["Enter", "Open"],
    ["d", "Download"], ["z", "Full screen"], ["?", "These keys"], ["Esc", "Close"],
  ].flatMap(([key, does]) => [made("dt", {}, made("kbd", {}, key)), made("dd", {}, does)]);
  const close = made("button", { class: "b line" }, "Close");
  const dialog = made("dialog", { class: "keys", "aria-label": "Keys" }, made("h2", {}, "Keys"), made("dl", {}, ...rows), close);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
