// The files that are to be uploaded: looked at, asked about, sent in parts straight into storage, and
// published. The queue outlives the page in IndexedDB, with the files as far as the browser keeps them.

import { policy } from "./app.js";

const MOST = 50 * 1024 ** 2; // bytes of one file
const KEPT = 1024 ** 3; // bytes of files that a browser is asked to keep beside the list
const TRIES = 4;
const PASSING = new Set([429, 500, 502, 503, 504]);
const [PARTS, FILES] = [gate(4), gate(4)];

/** Every file in order. Each is ``waiting`` until it is ``done``, or something has to be done about it:
 *  ``here`` and ``near`` (a wallpaper), ``failed`` (tried again when asked), ``refused``, ``lost``. */
export const items = new Map();
/** What the page hears: that a file has changed, that all have begun or stopped, that nobody is signed in. */
export const page = { changed: () => {}, state: () => {}, signedOut: () => {} };
let running = null; // aborted to pause
let latest = 0; // of the ids, which are in order

const looking = new Map();
let worker;

// What is kept: the list, and the files apart from it, so that they are written once.

let db = null;
const ended = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const store = (name) => db.transaction(name, "readwrite").objectStore(name);

/** Keep what is known of a file, and show it. */
export function keep(item) {
  const { file, small, stop, ...plain } = item;
  if (db && items.has(item.id)) store("items").put(plain);
  page.changed(item);
}

/** Take the queue up where the last page left it. */
export async function restore() {
  const opening = indexedDB.open("uploads", 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("items", { keyPath: "id" });
    opening.result.createObjectStore("files");
  };
  db = await ended(opening).catch(() => null); // a private window may have none
  if (!db) return;
  for (const item of await ended(store("items").getAll())) {
    item.file = await ended(store("files").get(item.id)).catch(() => null);
    items.set(item.id, item);
    if (!item.file && ["waiting", "near", "failed"].includes(item.state)) stand(item, "lost", "The browser has not kept this file. Choose it again, and it goes on where it was.");
    else if (["near", "failed"].includes(item.state)) look(item).then(() => page.changed(item), () => {});
    page.changed(item);
  }
}

/** Put files last, or in the place of those that were lost. */
export async function add(files) {
  const fresh = [...files].map((file) => {
    const { name, size, type } = file;
    let item = some("lost").find((old) => old.name === name && old.size === size);
    item ??= { id: (latest = Math.max(latest + 1, Date.now())), name, size, type, sent: 0, details: JSON.parse(localStorage.getItem("details") ?? "{}") };
    items.set(item.id, Object.assign(item, { file, step: 0 }));
    stand(item, ...(wrong(file) ?? ["waiting"]));
    return item;
  });
  let held = [...items.values()].reduce((sum, { kept, size }) => sum + (kept ? size : 0), 0);
  for (const item of fresh.filter(({ state }) => state === "waiting")) {
    held += item.size;
    item.kept = db !== null && held <= KEPT && (await ended(store("files").put(item.file, item.id)).then(() => true, () => false));
    keep(item);
    if (running) work(item);
  }
}

/** What is wrong with a file before anything is read of it. */
function wrong({ size, type }) {
  if (size > MOST) return ["refused", `This file has ${weight(size)}; at most 50 MB are taken. Save it smaller and choose that.`];
  if (!/^image\/(jpeg|png|webp)$/.test(type)) return ["refused", "This is no JPEG, PNG or WebP. Save it as one of them and choose that."];
  return null;
}

export const weight = (bytes) => (bytes < 1e5 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
export const isRunning = () => running !== null;
export const some = (...states) => [...items.values()].filter(({ state }) => states.includes(state));

export function pause() {
  running?.abort();
  running = null;
  page.state();
}

export function resume() {
  running ??= new AbortController();
  some("waiting").forEach(work);
  page.state();
}

export function retry(...which) {
  for (const item of which) {
    stand(item, "waiting");
    if (running) work(item);
  }
}

/** Forget a file; what was sent of it and not published, too. */
export function remove(item) {
  item.stop?.abort();
  items.delete(item.id);
  if (db) for (const name of ["items", "files"]) store(name).delete(item.id);
  if (item.upload && item.state !== "done") call("DELETE", `uploads/${item.upload}`).catch(() => {});
  page.changed(item);
}

function stand(item, state, text = "") {
  Object.assign(item, { state, text });
  if (["done", "here", "refused"].includes(state)) {
    item.kept = false;
    if (db) store("files").delete(item.id);
  }
  keep(item);
}

/** Bring one file from wherever it is to its end. */
async function work(item) {
  if (item.stop && !item.stop.signal.aborted) return;
  const stop = (item.stop = new AbortController());
  running.signal.addEventListener("abort", () => stop.abort(), { signal: stop.signal });
  try {
    if (!item.small) await look(item);
    const twin = [...items.values()].find((other) => other.sha256 === item.sha256 && other.state === "waiting" && other.id < item.id);
    if (twin) return stand(item, "refused", `The same picture as ${twin.name} in this list.`);
    const here = item.upload ? null : await isHere(item.sha256);
    item.step = Math.max(item.step, 1);
    if (here) return await FILES(() => known(item, here));
    keep(item);
    await FILES(() => send(item, stop.signal));
  } catch (error) {
    if (error.status === 401) page.signedOut();
    else if (!stop.signal.aborted) refuse(item, error);
  } finally {
    stop.abort(); // whatever of it is still on its way
    page.changed(item);
  }
}

async function known(item, wallpaper) {
  item.wallpaper = wallpaper;
  const { title } = await call("GET", `wallpapers/${wallpaper}`).catch(() => ({}));
  stand(item, "here", title ? `Already here as “${title}”` : "Already here");
}

async function look(item) {
  if (!worker) {
    worker = new Worker(policy.createScriptURL(new URL("look.js", import.meta.url).pathname), { type: "module" });
    worker.addEventListener("message", ({ data }) => looking.get(data.id)?.(data));
  }
  worker.postMessage({ id: item.id, file: item.file });
  const seen = await new Promise((resolve) => looking.set(item.id, resolve));
  looking.delete(item.id);
  if (seen.error) throw Object.assign(new Error(), { lost: true });
  if (item.sha256 && item.sha256 !== seen.sha256) item.upload = null; // another file of the same name
  Object.assign(item, seen);
}

const asked = [];
let asking = false;

/** The wallpaper that has these bytes, if there is one; many are asked about at once. */
function isHere(sha256) {
  const answer = new Promise((resolve, reject) => asked.push({ sha256, resolve, reject }));
  if (!asking) ask();
  return answer;
}

async function ask() {
  asking = true;
  while (asked.length) {
    const batch = asked.splice(0, 500);
    try {
      const { data } = await call("POST", "uploads/check", { sha256: batch.map(({ sha256 }) => sha256) });
      const here = new Map(data.map((each) => [each.sha256, each.id]));
      for (const { sha256, resolve } of batch) resolve(here.get(sha256));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
  asking = false;
}

async function send(item, signal) {
  signal.throwIfAborted();
  let upload = item.upload && (await call("GET", `uploads/${item.upload}`, null, {}, signal).catch((error) => {
    if (error.status !== 404) throw error; // expired: begun anew
  }));
  upload ||= await call("POST", "uploads", { bytes: item.size, sha256: item.sha256, part_sha256: item.parts, filename: item.name, type: item.type }, {}, signal);
  item.upload = upload.id;
  for (let round = 1; ; round++) {
    const missing = upload.parts.filter(({ arrived }) => !arrived);
    item.arrived = item.size - missing.reduce((sum, { bytes }) => sum + bytes, 0);
    item.sent = item.arrived;
    item.step = 1;
    keep(item);
    const progress = new Map();
    const tell = (part, bytes) => {
      progress.set(part, bytes);
      item.sent = [...progress.values()].reduce((sum, each) => sum + each, item.arrived);
      page.changed(item);
    };
    await Promise.all(missing.map((part) => PARTS(() => sendPart(item, part, signal, tell))));
    item.step = 2;
    keep(item);
    try {
      return await publish(item, signal);
    } catch (error) {
      if (error.kind !== "upload-incomplete" || round === 3) throw error;
      upload = await call("GET", `uploads/${item.upload}`, null, {}, signal); // with fresh links
    }
  }
}

async function sendPart(item, part, signal, tell) {
  const at = (part.number - 1) * 8 * 1024 ** 2;
  const { status } = await insist(() => put(part, item.file.slice(at, at + part.bytes), signal, tell), signal);
  // A link that has expired is told apart from a lost part when the upload is completed.
  if (status >= 400 && status !== 403) throw Object.assign(new Error(), status < 500 ? { lost: true } : {});
}

async function publish(item, signal) {
  const said = Object.fromEntries(Object.entries(item.details).filter(([, value]) => value !== ""));
  const before = item.details;
  const { id } = await call("POST", `uploads/${item.upload}/complete${item.accept ? "?near=accept" : ""}`, { details: said }, {}, signal);
  item.wallpaper = id;
  item.step = 3;
  stand(item, "done");
  if (item.details !== before) await (await import("./details.js")).revise(id, item.details); // said meanwhile
}

const HINTS = {
  animated: "Save one frame of it and choose that.",
  truncated: "Copy it again from where it came and choose that.",
  undecodable: "Copy it again from where it came and choose that.",
  "trailing-data": "Save it once more with an image editor and choose that.",
  "too-demanding": "Save it as a plain JPEG and choose that.",
  mislabelled: "Rename it and choose it again.",
  "too-many-pixels": "Make it smaller and choose that.",
  "side-too-long": "Make it smaller and choose that.",
  "not-a-picture": "Save it as one of them and choose that.",
  "invalid-field": "Change it under Details, and try again.",
};

/** Say what is wrong with a file and what to do about it. */
function refuse(item, error) {
  const { kind, problem = {}, message } = error;
  const hint = HINTS[problem.reason ?? kind];
  if (kind === "upload-not-found") item.upload = null; // the next attempt begins anew
  item.wallpaper = problem.wallpaper_id;
  if (kind === "duplicate") known(item, item.wallpaper);
  else if (kind === "near-duplicate") stand(item, "near", "Looks the same as a wallpaper that is here");
  else if (kind === "upload-incomplete") stand(item, "failed", "Storage has not taken all of it. Try again in a moment.");
  else if (error.lost || kind === "checksum-mismatch") stand(item, "lost", "This file has changed or cannot be read any more. Choose it again.");
  else if (kind) stand(item, hint && kind !== "invalid-field" ? "refused" : "failed", `${message} ${hint ?? "Try again."}`);
  else stand(item, "failed", "The site did not answer. Check your connection and try again.");
}

/** An answer of the API, as JSON. */
export async function call(method, path, body, headers = {}, signal = undefined) {
  if (body) headers["Content-Type"] = "application/json";
  const answer = await insist(() => fetch(`/api/v1/${path}`, { method, headers, signal, body: body && JSON.stringify(body) }), signal);
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  throw Object.assign(new Error(said.detail ?? said.title), { status: answer.status, kind: said.type?.split("/").pop(), problem: said });
}

/** What ``send`` answers, tried again while it fails in passing; without a network, once there is one. */
async function insist(send, signal) {
  for (let tries = 1; ; tries++) {
    let answer;
    try {
      answer = await send();
      if (!PASSING.has(answer.status) || tries === TRIES) return answer;
    } catch (error) {
      if (signal?.aborted || (navigator.onLine && tries === TRIES)) throw error;
    }
    const asked = Number(answer?.headers?.get("Retry-After"));
    await new Promise((resolve) => {
      if (navigator.onLine) setTimeout(resolve, 1000 * (asked || 2 ** (tries - 1)));
      else tries = 0;
      for (const [on, event] of [[window, "online"], [signal, "abort"]]) on?.addEventListener(event, resolve, { once: true });
    });
    signal?.throwIfAborted();
  }
}

function put({ url, headers, number }, bytes, signal, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch tells nothing of what it has sent
    request.open("PUT", url);
    for (const header of Object.entries(headers)) request.setRequestHeader(...header);
    request.upload.onprogress = ({ loaded }) => tell(number, loaded);
    request.onload = () => resolve(request);
    request.onerror = request.onabort = () => reject(new TypeError());
    signal.addEventListener("abort", () => request.abort());
    request.send(bytes);
  });
}

/** At most so many at once of whatever is given to it. */
function gate(free) {
  const waiting = [];
  return async (act) => {
    if (free > 0) free -= 1;
    else await new Promise((resolve) => waiting.push(resolve));
    try {
      return await act();
    } finally {
      if (waiting.length) waiting.shift()();
      else free += 1;
    }
  };
}
