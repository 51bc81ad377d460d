// What every page gains from a script: a theme, keys, the size of this screen, suggestions while
// typing, and more results in place. Everything is complete without.

import { keepScreen, myScreen, written } from "./screen.js";

const root = document.documentElement;
const all = (selector, within = document) => within.querySelectorAll(selector);
const made = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

// The one gate to markup from text: pages of our own, and the one worker.
const policy = window.trustedTypes?.createPolicy("fragment", {
  createHTML: (html) => html,
  createScriptURL: (url) => {
    if (url !== "/sw.js") throw new TypeError(`not a script of ours: ${url}`);
    return url;
  },
}) ?? { createHTML: (html) => html, createScriptURL: (url) => url };

theme();
keys();
fits();
for (const form of all("form.find")) suggestions(form);
document.addEventListener("click", more);
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

/** Say that there is no network, for as long as that is so. */
function offline() {
  document.querySelector(".offline")?.remove();
  if (navigator.onLine) return;
  document.querySelector("main").before(made("p", { class: "note offline", role: "status" }, "You are offline. What you opened lately still opens."));
}

/** One listener for all keys; it keeps out of the way of typing and of the browser's own. */
function keys() {
  const steps = { h: [-1, 0], l: [1, 0], k: [0, -1], j: [0, 1] };
  const arrows = { ArrowLeft: "h", ArrowRight: "l", ArrowUp: "k", ArrowDown: "j" };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog[open], .crop")) return;
    const here = document.activeElement?.closest(".tile");
    const step = steps[event.key] ?? (here && steps[arrows[event.key]]);
    if (step) {
      (here ? nextTile(here, step) : document.querySelector(".tile"))?.querySelector("a").focus();
    } else if (event.key === "/") {
      document.querySelector("input[type=search]")?.select();
    } else if (event.key === "d") {
      (here?.querySelector(".do a") ?? document.querySelector(".dl a"))?.click();
    } else if (event.key === "z") {
      document.querySelector("[data-full]")?.click();
    } else if (event.key === "?") {
      help();
    } else return;
    event.preventDefault();
  });
}

/** The tile that is nearest to ``from`` in the direction of ``step``. */
function nextTile(from, [right, down]) {
  const middle = (tile) => {
    const box = tile.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const [x, y] = middle(from);
  let best = null;
  let nearest = Infinity;
  for (const tile of all(".tile", from.parentElement)) {
    const [dx, dy] = [middle(tile)[0] - x, middle(tile)[1] - y];
    const ahead = dx * right + dy * down;
    const aside = Math.abs(dx * down) + Math.abs(dy * right);
    if (ahead > 8 && ahead + 3 * aside < nearest) [best, nearest] = [tile, ahead + 3 * aside];
  }
  return best;
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

/** Filters for this screen, which a page that is the same for everybody cannot name. */
function fits() {
  const [width, height] = myScreen();
  for (const chip of all("[data-fits]")) {
    const query = `${chip.dataset.fits} fits:${width}x${height}`.trim();
    chip.href = `/search?${new URLSearchParams({ q: query })}`;
    chip.title = written([width, height]);
    chip.querySelector(".num")?.append(written([width, height]));
    chip.hidden = false;
  }
  for (const form of all("form.mine")) {
    const { w, h } = form.elements;
    [w.value, h.value] = [width, height];
    form.addEventListener("submit", () => keepScreen(w.value, h.value));
  }
}

/** A list under a search box that completes the word at its end. */
function suggestions(form) {
  const input = form.elements.q;
  const list = made("ul", { role: "listbox", id: "suggestions", class: "menu suggestions", "aria-label": "Suggestions", hidden: "" });
  let asked = new AbortController();
  let wait;
  let chosen = -1;
  const said = made("span", { class: "sr", role: "status" });
  form.append(list, said);
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);

  const close = () => {
    clearTimeout(wait);
    asked.abort();
    list.hidden = true;
    said.textContent = "";
    choose(-1);
  };
  const choose = (place) => {
    chosen = place;
    [...list.children].forEach((option, index) => (option.ariaSelected = String(index === place)));
    if (place < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[place].id);
  };
  const take = (option) => {
    input.value = [...input.value].slice(0, option.dataset.start).join("") + option.dataset.insert;
    close();
    if (input.value.endsWith(":")) input.focus();
    else form.requestSubmit();
  };
  const show = (found) => {
    list.replaceChildren(...found.map(({ text, insert, start, kind, count }, place) =>
      made("li", { role: "option", id: `suggestion-${place}`, "data-insert": insert, "data-start": start, "aria-selected": "false" },
        text, made("span", { class: "kind" }, kind === "tag" || !count ? kind : ""),
        made("span", { class: "tn" }, count ? count.toLocaleString("en") : ""))));
    list.hidden = found.length === 0;
    said.textContent = found.length ? `${found.length} suggestions; arrow down to choose` : "";
    choose(-1);
  };
  const ask = async () => {
    asked = new AbortController();
    const answer = await fetch(`/api/v1/suggest?${new URLSearchParams({ q: input.value, limit: 8 })}`, { signal: asked.signal });
    if (answer.ok) show((await answer.json()).data);
  };

  input.addEventListener("input", () => {
    clearTimeout(wait);
    asked.abort();
    if (/\S$/.test(input.value)) wait = setTimeout(() => ask().catch(() => {}), 90);
    else close();
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const count = list.children.length;
    if (event.key === "ArrowDown") choose((chosen + 1) % count);
    else if (event.key === "ArrowUp") choose((chosen < 1 ? count : chosen) - 1);
    else if (event.key === "Enter" && chosen >= 0) take(list.children[chosen]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps its focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("li");
    if (option) take(option);
  });
}

/** Put the next page of results under those that are there; the address says how far we are. */
async function more(event) {
  const link = event.target.closest("a[data-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.ariaBusy) return;
  link.ariaBusy = "true";
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(policy.createHTML(await answer.text()), "text/html");
    const tiles = [...all(".gpad .tile", page)].map((tile) => document.adoptNode(tile));
    document.querySelector(".gpad .grid").append(...tiles);
    document.querySelector(".pager").replaceWith(document.adoptNode(page.querySelector(".pager")));
    history.replaceState(null, "", link.href);
    tiles[0]?.querySelector("a").focus({ preventScroll: true });
  } catch {
    location.href = link.href;
  }
}
