// The form in which people say what a picture is: of one file, or of all. Before a file is published it
// goes along with it; afterwards it changes the wallpaper, which already says what its file says.

import { made } from "./app.js";
import { call, items, keep, page } from "./queue.js";

const fields = [...document.querySelectorAll("form.one label:not(:has([type=file]))")];

/** Open the form for ``item``, or for all files, in ``host``; or close it if it is open there. */
export async function toggle(host, item) {
  const open = host.querySelector("form");
  if (open) return open.remove();
  const form = made("form", { class: "details" }, ...fields.map((label) => label.cloneNode(true)));
  const said = made("p", { class: "wide", role: "status" });
  form.append(said, made("button", { class: "b main" }, item ? "Save" : "Use for all files"));
  if (!item) for (const select of form.querySelectorAll("select")) {
    select.querySelector("[value='']")?.remove();
    select.prepend(made("option", { value: "", selected: "" }, "Each as it is"));
  }
  host.append(form);
  const known = item ? { ...item.details, ...(item.state === "done" && (await call("GET", `wallpapers/${item.wallpaper}`))) } : common();
  for (const input of form.elements) if (known[input.name] != null) fill(input, [known[input.name]].flat().join(", "));
  const before = values(form);
  form.querySelector("input").focus();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const changes = Object.fromEntries(Object.entries(values(form)).filter(([name, value]) => String(value) !== String(before[name])));
    try {
      said.textContent = "Saving";
      await (item ? describe(item, changes) : describeAll(changes));
      if (item) host.dispatchEvent(new Event("saved"));
      Object.assign(before, values(form));
      said.textContent = item ? "Saved." : "Saved: for every file here, and those to come.";
    } catch (error) {
      if (error.status === 401) page.signedOut();
      said.textContent = error.kind ? `${error.message} Change it and save again.` : "The site did not answer. Save again in a moment.";
    }
  });
}

/** Change a published wallpaper. An empty text is taken away; what must say something stays. */
export async function revise(wallpaper, details) {
  const { version } = await call("GET", `wallpapers/${wallpaper}`);
  const must = ["title", "license", "category", "rating", "ai"];
  const entries = Object.entries(details).filter(([name, value]) => value !== "" || !must.includes(name));
  const patch = Object.fromEntries(entries.map(([name, value]) => [name, value === "" ? null : value]));
  await call("PATCH", `wallpapers/${wallpaper}`, patch, { "If-Match": `"${version}"` });
}

function fill(input, value) {
  input.value = value;
  if (input.selectedIndex !== -1) return;
  if (value === "unknown") input.value = "";
  else input.append(made("option", { selected: "" }, value)); // what a file says, beyond what we offer
}

function values(form) {
  const said = Object.fromEntries(new FormData(form));
  return { ...said, tags: said.tags.split(",").map((tag) => tag.trim()).filter(Boolean) };
}

const common = () => JSON.parse(localStorage.getItem("details") ?? "{}");

async function describe(item, details) {
  item.details = { ...item.details, ...details };
  keep(item);
  if (item.state === "done") await revise(item.wallpaper, details);
}

async function describeAll(details) {
  localStorage.setItem("details", JSON.stringify({ ...common(), ...details }));
  const failed = [];
  for (const item of items.values()) {
    if (!["here", "refused"].includes(item.state)) await describe(item, details).catch((error) => failed.push([item.name, error]));
  }
  if (failed.length) throw Object.assign(failed[0][1], { message: failed.map(([name, { message }]) => `${name}: ${message}`).join(" ") });
}
