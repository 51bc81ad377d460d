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
const WORKERS = ["/sw.js"];
export const policy = window.trustedTypes?.createPolicy("fragment", {
  createHTML: (html) => html,
  createScriptURL: (url) => {
    if (!WORKERS.includes(url)) throw new TypeError(`not a script of ours: ${url}`);
    return url;
  },
}) ?? { createHTML: (html) => html, createScriptURL: (url) => url };

theme();
keys();
for (const form of all("form.find")) suggestions(form);
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
