// What completes the word that is being typed into a search box.

import { made } from "./app.js";

/** A list under a search box that completes the word at its end. */
export function suggestions(form) {
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
  // This module comes when the box is first used: somebody may have typed before it was here.
  if (input.value !== input.defaultValue) input.dispatchEvent(new Event("input"));
}
