// The page of uploads: signs people in and takes their files. What shows the queue comes with the first.

import { add, call, page, pause, restore, resume, some } from "./queue.js";

const main = document.querySelector("main.uploads");
const $ = (selector, within = main) => within.querySelector(selector);
const [drop, signin] = [$(".drop"), $(".signin")];
const [files, folder] = drop.querySelectorAll("input");
let rows;

// Without https a browser hashes nothing for us: the plain form stays.
if (!crypto.subtle) main.classList.add("plain");
else {
  main.classList.add("several");
  takes();
  signs();
  page.changed = async (item) => (await (rows ??= import("./rows.js"))).show(item);
  page.signedOut = () => asks("You are signed out. Sign in, and the queue goes on.");
  $(".all").addEventListener("toggle", async () => (await import("./details.js")).toggle($(".all")), { once: true });
  const busy = setTimeout(() => ($(".elsewhere").hidden = false), 300);
  navigator.locks.request("uploads", async () => {
    clearTimeout(busy);
    $(".elsewhere").hidden = true;
    await restore();
    await enter();
    await new Promise(() => {}); // the queue is ours until the page goes
  });
}

/** Begin, if somebody is signed in. */
async function enter() {
  const { account, away } = await call("GET", "me").catch(() => ({ away: true }));
  if (!account) return asks(away && "The site does not answer. Reload this page in a moment; nothing is lost.");
  signin.classList.remove("asked");
  drop.hidden = $(".all").hidden = $(".signout").hidden = false;
  $(".signout").firstElementChild.textContent = `Signed in as ${account}.`;
  resume();
}

function asks(why) {
  drop.hidden = true;
  signin.classList.add("asked");
  $("[role=alert]", signin).textContent = why ?? "";
  if (why) $("input", signin).focus();
  pause();
}

function signs() {
  signin.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch("/sign-in", { method: "POST", body: new URLSearchParams(new FormData(signin)), redirect: "manual" }).catch(() => null);
    const why = { 401: "That key opens nothing here. Paste the whole key, as it was given to you." };
    if (answer?.type !== "opaqueredirect") return asks(why[answer?.status] ?? "The site did not answer. Try again in a moment.");
    signin.reset();
    enter();
  });
}

/** Files by choice, by drop anywhere on the page, and by paste. */
function takes() {
  for (const [button, input] of [["[data-files]", files], ["[data-folder]", folder]]) {
    $(button).addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      take([...input.files], input === folder);
      input.value = "";
    });
  }
  const over = (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    drop.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop") unpack(event.dataTransfer);
  };
  for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, over);
  document.addEventListener("paste", (event) => event.clipboardData.files.length && take([...event.clipboardData.files]));
  addEventListener("beforeunload", (event) => some("waiting").some(({ kept }) => !kept) && event.preventDefault());
}

async function unpack({ items: given }) {
  const entries = [...given].filter(({ kind }) => kind === "file").map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  for (const entry of entries) take(entry.isDirectory ? await within(entry) : [entry.isFile ? await file(entry) : entry], entry.isDirectory);
}

const file = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

async function within(folder) {
  const reader = folder.createReader();
  const found = [];
  for (let some; some?.length !== 0; ) {
    some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    for (const entry of some) found.push(...(entry.isDirectory ? await within(entry) : [await file(entry)]));
  }
  return found;
}

/** Of a folder only pictures are meant. */
function take(given, whole = false) {
  if (drop.hidden) return;
  const meant = whole ? given.filter(({ type }) => type.startsWith("image/")) : given;
  const left = given.length - meant.length;
  const said = `${meant.length} added.${left ? ` ${left} left out, which are no pictures.` : ""}`;
  $(".taken").textContent = said;
  add(meant);
}
