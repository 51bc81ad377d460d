// The queue as people see it: a row for each file, how far all of them are, and what only a person can
// decide.

import { made } from "./app.js";
import { call, weight, isRunning, items, page, pause, remove, resume, retry, some } from "./queue.js";

const main = document.querySelector("main.uploads");
const $ = (selector, within = main) => within.querySelector(selector);
const overall = $(".overall");
const rows = new Map();
const STEPS = [["Check", "Checking", "Checked"], ["Send", "Sending", "Sent"], ["Publish", "Publishing", "Published"]];

$("[data-pause]").addEventListener("click", () => (isRunning() ? pause : resume)());
$("[data-retry]").addEventListener("click", () => retry(...some("failed")));
$("[data-clear]").addEventListener("click", () => some("done", "here", "refused").forEach(remove));
page.changed = show;
page.state = () => items.forEach(show);
for (const event of ["online", "offline"]) addEventListener(event, page.state);

/** Show how one file stands. */
export function show(item) {
  sum();
  let row = rows.get(item.id);
  if (!items.has(item.id)) return row?.remove();
  if (!row) {
    row = $(".row").content.cloneNode(true).firstElementChild;
    rows.set(item.id, row);
    $(".q").append(row);
    $("b", row).textContent = item.name;
    for (const button of row.querySelectorAll(".do > :is([data-again], [data-choose], [data-details])")) button.ariaLabel = `${button.textContent}: ${item.name}`;
    for (const [name, act] of Object.entries(ACTS)) $(`[data-${name}]`, row).addEventListener("click", () => act(item, row));
  }
  const { state, step, sent, size, small, width, wallpaper } = item;
  const moving = state === "waiting";
  row.className = moving && step === 1 ? `${state} sending` : state;
  if (small && !row.drawn) row.drawn = $("canvas", row).getContext("2d").drawImage(small, 0, 0) ?? true;
  if (!small && wallpaper && !row.drawn) row.drawn = !void $("canvas", row).replaceWith(made("img", { src: `/i/${wallpaper}/w320.webp`, alt: "", class: "thumb" }));
  $(".meta", row).textContent = (width ? `${width}×${item.height}, ` : "") + weight(size);
  [...$(".steps", row).children].forEach((each, at) => {
    each.textContent = STEPS[at][step > at ? 2 : moving && step === at ? 1 : 0];
    each.className = step > at ? "on" : "";
    if (moving && step === at && isRunning()) each.setAttribute("aria-current", "step");
    else each.removeAttribute("aria-current");
  });
  $("progress", row).value = sent / size;
  $("progress", row).ariaLabel = item.name;
  $(".amount", row).textContent = moving && step === 1 ? `${weight(sent)} of ${weight(size)}` : "";
  $(".why span", row).textContent = item.text ?? "";
  $("a", row).href = `/w/${wallpaper}`;
  $("a", row).textContent = state === "here" ? "See it" : "Open";
  $("a", row).ariaLabel = `${$("a", row).textContent}: ${item.name}`;
  $("[data-remove]", row).ariaLabel = `${moving ? "Cancel" : "Remove"} ${item.name}`;
  if (state === "near") compare(item, row);
}

const ACTS = {
  remove: (item, row) => {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    (next ? $("[data-remove]", next) : $("[data-files]")).focus();
    remove(item);
  },
  drop: (item, row) => ACTS.remove(item, row),
  again: (item) => retry(item),
  choose: () => $("[data-files]").click(),
  both: (item) => retry(Object.assign(item, { accept: true })),
  details: async (item, row) => {
    const { toggle } = await import("./details.js");
    await toggle(row, item);
    $("[data-details]", row).ariaExpanded = String($("form", row) !== null);
    row.addEventListener("saved", () => item.state === "failed" && retry(item), { once: true });
  },
};

/** Both pictures side by side, for a person to decide. */
async function compare(item, row) {
  const [mine, theirs] = row.querySelectorAll("figure");
  if (!item.small || $("img", theirs).src) return;
  $("img", theirs).src = `/i/${item.wallpaper}/w640.webp`;
  $("canvas", mine).getContext("2d").drawImage(item.small, 0, 0);
  $(".num", mine).textContent = $(".meta", row).textContent;
  const { title, width, height, bytes } = await call("GET", `wallpapers/${item.wallpaper}`);
  $("a", theirs).textContent = title;
  $("a", theirs).href = `/w/${item.wallpaper}`;
  $(".num", theirs).textContent = `${width}×${height}, ${weight(bytes)}`;
}

let [speed, before, at] = [0, 0, 0];

/** Show how far all of them are. */
function sum() {
  overall.hidden = items.size === 0;
  const [ready, moving, asking] = [some("done", "here"), some("waiting"), some("near", "failed", "lost")];
  const [sent, size] = ["sent", "size"].map((name) => moving.reduce((total, item) => total + item[name], 0));
  const done = some("done").reduce((total, { size }) => total + size, 0);
  const passed = performance.now() - at;
  if (passed > 1000) {
    speed = at && sent + done > before ? 0.7 * speed + 0.3 * ((sent + done - before) / passed) : speed;
    [before, at] = [sent + done, performance.now()];
  }
  const share = size + done ? (sent + done) / (size + done) : 1;
  const seconds = speed ? Math.ceil((size - sent) / speed / 1000) : 0;
  const left = !seconds || !moving.length ? "" : seconds < 90 ? `, about ${seconds} s left` : `, about ${Math.round(seconds / 60)} min left`;
  $("b", overall).textContent = `${ready.length} of ${items.size}`;
  $("progress", overall).value = share;
  const wait = !isRunning() ? "Paused" : !navigator.onLine ? "No network: it goes on by itself" : `${Math.floor(share * 100)}%${left}`;
  $(".left", overall).textContent = wait;
  $("[data-pause]").hidden = !moving.length || $(".drop").hidden;
  $("[data-pause]").className = `b quiet ${isRunning() ? "runs" : "rests"}`;
  $("[data-retry]").hidden = !some("failed").length;
  $("[data-clear]").hidden = !some("done", "here", "refused").length;
  if (items.size) say(`${ready.length} of ${items.size} ready.${asking.length ? ` ${asking.length} to decide.` : ""}`, moving.length ? wait : "");
}

let [next, news, line] = [null, "", ""];

/** Tell who cannot see it: soon if something has changed, else now and then. */
function say(fresh, progress) {
  line = `${fresh} ${progress}`;
  if (fresh !== news) {
    clearTimeout(next);
    next = null;
  }
  next ??= setTimeout(() => {
    next = null;
    $(".told").textContent = line;
  }, fresh === news ? 20_000 : 1000);
  news = fresh;
}
