// Fits a wallpaper to a screen: a frame over the picture that is dragged, nudged with keys or slid,
// and the download that follows it. It starts where the picture's focal point wants it.

import { keepScreen, myScreen, written } from "./screen.js";

const main = document.querySelector("main.wall");
const figure = main.querySelector("figure");
const image = figure.querySelector("picture img");
const svg = figure.querySelector(".crop");
const tag = figure.querySelector(".drag");
const modes = [...main.querySelectorAll(".seg [data-for]")];
const sliders = Object.fromEntries([...main.querySelectorAll("#adjust input")].map((input) => [input.name, input]));
const glass = main.querySelector(".glass");
const picture = { w: Number(main.dataset.width), h: Number(main.dataset.height) };
const focal = { x: Number(main.dataset.x), y: Number(main.dataset.y), z: 1 };
const narrow = matchMedia("(max-width: 640px)");
const download = `/w/${main.dataset.id}/download`;

let wanted = { x: focal.x, y: focal.y, z: 1 };
let mode = "screen";
let moved = false;
let weight = "";

/** The screen that is framed for; never more pixels than the picture has. */
function target() {
  const [w, h] = mode === "phone"
    ? modes.find((button) => button.dataset.for === "phone").dataset.size.split("x").map(Number)
    : myScreen();
  const most = largest({ w, h });
  return most.w < w || most.h < h ? { w: most.w, h: most.h, smaller: true } : { w, h, smaller: false };
}

/** The largest part of the picture with the shape of a screen: as media cuts it. */
function largest(screen) {
  return picture.w * screen.h <= picture.h * screen.w
    ? { w: picture.w, h: Math.max(1, Math.round((picture.w * screen.h) / screen.w)) }
    : { w: Math.max(1, Math.round((picture.h * screen.w) / screen.h)), h: picture.h };
}

/** The part of the picture that is framed, in its pixels. */
function frame() {
  if (mode === "whole") return { x: 0, y: 0, ...picture };
  const most = largest(target());
  const [w, h] = [most.w / wanted.z, most.h / wanted.z];
  return { x: clamp(picture.w * wanted.x - w / 2, 0, picture.w - w), y: clamp(picture.h * wanted.y - h / 2, 0, picture.h - h), w, h };
}

/** How far one may zoom in without enlarging pixels. */
const deepest = () => clamp(largest(target()).w / target().w, 1, 10);
const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));

/** Move the frame's middle; beyond the edges it stays at them, so that it comes back at once. */
function move(x, y, z = wanted.z) {
  wanted = { x, y, z: clamp(z, 1, deepest()) };
  const { x: left, y: top, w, h } = frame();
  wanted = { x: (left + w / 2) / picture.w, y: (top + h / 2) / picture.h, z: wanted.z };
  moved = true;
  draw();
}

/** The part of the picture's plane that the figure shows. A phone shows the frame, nearly alone. */
function view() {
  const shape = figure.clientWidth / figure.clientHeight;
  const seen = narrow.matches && mode !== "whole" ? frame() : { x: 0, y: 0, ...picture };
  const fills = narrow.matches && mode !== "whole" ? seen.w / seen.h < shape : seen.w / seen.h > shape;
  const [w, h] = fills ? [seen.w, seen.w / shape] : [seen.h * shape, seen.h];
  let [x, y] = [seen.x + (seen.w - w) / 2, seen.y + (seen.h - h) / 2];
  if (narrow.matches && mode !== "whole") {
    [x, y] = [clamp(x, 0, picture.w - w), clamp(y, 0, picture.h - h)];
  }
  return { x, y, w, h };
}

/** Have an image of the whole picture, whose box has ``shape``, show only ``part`` in it.
 *  A transform, and nothing else, so that the page does not count as having jumped. */
function lay(element, part, shape) {
  const [w, h] = [Math.max(picture.w, picture.h * shape), Math.max(picture.h, picture.w / shape)];
  const [left, top] = [part.x + (w - picture.w) / 2, part.y + (h - picture.h) / 2];
  element.style.objectFit = "contain";
  element.style.objectPosition = "center";
  element.style.transformOrigin = "0 0";
  element.style.transform = `scale(${w / part.w}) translate(${(-left / w) * 100}%, ${(-top / h) * 100}%)`;
}

function draw() {
  const [seen, part, aim] = [view(), frame(), target()];
  if (narrow.matches) lay(image, seen, figure.clientWidth / figure.clientHeight);
  else image.removeAttribute("style");
  svg.setAttribute("viewBox", `${seen.x} ${seen.y} ${seen.w} ${seen.h}`);
  svg.style.display = mode === "whole" ? "none" : "block";
  const { x, y, w, h } = part;
  const inside = narrow.matches ? { x: seen.x, y: seen.y, w: seen.w, h: seen.h } : { x: 0, y: 0, ...picture };
  svg.querySelector(".dim").setAttribute("d", `M${inside.x} ${inside.y}h${inside.w}v${inside.h}h${-inside.w}ZM${x} ${y}v${h}h${w}v${-h}Z`);
  svg.querySelector(".third").setAttribute("d", [1, 2].map((n) => `M${x + (w * n) / 3} ${y}v${h}M${x} ${y + (h * n) / 3}h${w}`).join(""));
  for (const [name, value] of Object.entries({ x, y, width: w, height: h })) svg.querySelector(".box").setAttribute(name, value);
  tag.hidden = mode === "whole";
  tag.querySelector(".num").textContent = written([aim.w, aim.h]);
  slide(part);
  offer(aim, part);
  glass.classList.add("laid");
  glass.style.setProperty("--ratio", part.w / part.h);
  lay(glass.querySelector("img"), part, part.w / part.h);
  for (const button of modes) button.ariaPressed = String(button.dataset.for === mode);
}

function slide({ x, y, w, h }) {
  const room = { x: picture.w - w, y: picture.h - h };
  for (const [name, at] of [["x", x], ["y", y]]) {
    sliders[name].disabled = mode === "whole" || room[name] < 1;
    sliders[name].value = room[name] < 1 ? 50 : Math.round((at / room[name]) * 100);
    sliders[name].ariaValueText = `${sliders[name].value} %`;
  }
  sliders.z.max = Math.floor(deepest() * 100);
  sliders.z.disabled = mode === "whole" || Number(sliders.z.max) <= 100;
  sliders.z.value = Math.round(wanted.z * 100);
  sliders.z.ariaValueText = `${sliders.z.value} %`;
}

/** What the button downloads, and what it says that is. */
function offer(aim) {
  const place = moved ? { x: wanted.x.toFixed(3), y: wanted.y.toFixed(3), z: (Math.floor(wanted.z * 100) / 100).toFixed(2) } : {};
  const [button] = main.querySelectorAll(".dl a.mine-now");
  const original = main.querySelector(".sizes a:last-child");
  const name = { whole: "Download the original", phone: "Download for a phone", screen: "Download for this screen" }[mode];
  button.href = mode === "whole" ? original.href : `${download}?${new URLSearchParams({ w: aim.w, h: aim.h, ...place })}`;
  button.querySelector("b").textContent = name;
  const size = mode === "whole" ? `${written([picture.w, picture.h])}, ${main.querySelector(".facts1").lastChild.data.trim()}` : `${written([aim.w, aim.h])}, JPEG`;
  const note = aim.smaller && mode !== "whole" ? ", the largest there is" : "";
  button.querySelector("small").textContent = size + (mode === "screen" && weight ? `, ${moved ? "about " : ""}${weight}` : "") + note;
  for (const link of main.querySelectorAll(".sizes a[href*='?w=']")) {
    const url = new URL(link.href);
    for (const key of ["x", "y"]) {
      if (moved) url.searchParams.set(key, place[key]);
      else url.searchParams.delete(key);
    }
    link.href = url.href;
  }
  if (mode === "screen") main.querySelector("[data-mine]").href = button.href;
}

/** Ask what the download weighs; that also has it made, so that it comes at once. */
async function weigh() {
  if (navigator.connection?.saveData || mode !== "screen" || moved) return;
  const asked = written(myScreen());
  const aim = target();
  const answer = await fetch(`${download}?${new URLSearchParams({ w: aim.w, h: aim.h })}`, { method: "HEAD" });
  const bytes = Number(answer.headers.get("Content-Length"));
  if (!answer.ok || !bytes || asked !== written(myScreen())) return;
  weight = bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.floor(bytes / 1000))} kB`;
  draw();
}

function drags() {
  let last = null;
  figure.classList.add("fits");
  figure.tabIndex = 0;
  figure.setAttribute("role", "group");
  figure.setAttribute("aria-label", "The frame. Arrow keys move it, with Shift further; plus and minus zoom.");
  figure.addEventListener("pointerdown", (event) => {
    if (mode === "whole" || event.button !== 0) return;
    figure.setPointerCapture(event.pointerId);
    last = [event.clientX, event.clientY];
  });
  figure.addEventListener("pointermove", (event) => {
    if (!last) return;
    const seen = view();
    const way = narrow.matches ? -1 : 1; // a phone moves the picture under its frame
    const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]].map((by) => way * by);
    last = [event.clientX, event.clientY];
    move(wanted.x + (dx / figure.clientWidth) * (seen.w / picture.w), wanted.y + (dy / figure.clientHeight) * (seen.h / picture.h));
  });
  for (const end of ["pointerup", "pointercancel"]) figure.addEventListener(end, () => (last = null));
  image.draggable = false;
  figure.addEventListener("keydown", (event) => {
    const by = event.shiftKey ? 0.1 : 0.01;
    const step = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }[event.key];
    const zoom = { "+": by * 5, "=": by * 5, "-": -by * 5 }[event.key];
    if (mode === "whole" || event.ctrlKey || event.metaKey || event.altKey || (!step && !zoom)) return;
    event.preventDefault();
    if (step) move(wanted.x + step[0], wanted.y + step[1]);
    else move(wanted.x, wanted.y, wanted.z + zoom);
  });
}

function slides() {
  for (const name of ["x", "y"]) {
    sliders[name].addEventListener("input", () => {
      const part = frame();
      const [side, length] = name === "x" ? [picture.w, part.w] : [picture.h, part.h];
      const middle = (((side - length) * sliders[name].value) / 100 + length / 2) / side;
      move(name === "x" ? middle : wanted.x, name === "y" ? middle : wanted.y);
    });
  }
  sliders.z.addEventListener("input", () => move(wanted.x, wanted.y, sliders.z.value / 100));
  main.querySelector("[data-reset]").addEventListener("click", () => {
    wanted = { ...focal };
    moved = false;
    draw();
  });
}

/** The screen of one's own: said once, it is what every page fits to. */
function screens() {
  const form = main.querySelector("form.own");
  const mine = main.querySelector("[data-mine]");
  const name = () => (mine.querySelector(".num").textContent = written(myScreen()));
  name();
  mine.hidden = false;
  for (const link of main.querySelectorAll(".sizes [aria-current]")) link.removeAttribute("aria-current");
  mine.setAttribute("aria-current", "true");
  form.addEventListener("change", () => {
    if (!form.checkValidity()) return;
    keepScreen(form.elements.w.value, form.elements.h.value);
    weight = "";
    mode = "screen";
    name();
    move(focal.x, focal.y, 1);
    moved = false;
    draw();
    weigh().catch(() => {});
  });
  for (const button of modes) {
    button.addEventListener("click", () => {
      mode = button.dataset.for;
      wanted.z = clamp(wanted.z, 1, deepest());
      draw();
    });
  }
}

/** The picture alone, under a desktop, or under a lock screen; as large as the browser lets it. */
function fullScreen() {
  const full = document.getElementById("full");
  full.addEventListener("toggle", (event) => {
    if (event.newState === "open") {
      const now = new Date();
      full.querySelector(".locked b").textContent = now.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
      full.querySelector(".locked span").textContent = now.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
    }
  });
}

function share() {
  const button = main.querySelector(".share");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const link = `${location.origin}/w/${main.dataset.id}`;
    if (navigator.share) return navigator.share({ title: document.title, url: link }).catch(() => {});
    await navigator.clipboard.writeText(link);
    const toast = Object.assign(document.createElement("p"), { className: "toast", role: "status", textContent: "The link is in your clipboard." });
    document.body.append(toast);
    setTimeout(() => toast.remove(), 5000);
  });
}

const [first, ...others] = main.querySelectorAll(".dl a");
for (const other of others) other.remove();
first.classList.remove("handy");
first.classList.add("mine-now");
for (const hidden of main.querySelectorAll(".tools [hidden]")) hidden.hidden = false;
screens();
drags();
slides();
fullScreen();
share();
draw();
new ResizeObserver(draw).observe(figure);
narrow.addEventListener("change", draw);
addEventListener("load", () => setTimeout(() => weigh().catch(() => {}), 300));
fetch(`/api/v1/wallpapers/${main.dataset.id}/views`, { method: "POST", keepalive: true }).catch(() => {});
