// Keeps what was seen lately for when there is no network: the last pages and thumbnails, and one
// page that says so. Nothing here is ever preferred to an answer of the site, but for pictures,
// which never change.
const SHELL = "shell-{{ version }}";
const [PAGES, PICTURES] = ["pages", "pictures"];
const MOST = { [PAGES]: 20, [PICTURES]: 60 };
const NEEDED = {{ needed|tojson }};

addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(NEEDED)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const stale = (name) => ![SHELL, PAGES, PICTURES].includes(name);
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(stale).map((name) => caches.delete(name)))));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (!pathname.startsWith("/api/") && !pathname.endsWith("/download") && !search.includes("download")) event.respondWith(page(event));
  } else if (/^\/i\/[a-z0-9]+\/w(320|640)\./.test(pathname)) event.respondWith(picture(event));
  else if (pathname.startsWith("/static/")) event.respondWith(shell(request));
});

async function page(event) {
  const { request } = event;
  try {
    const answer = await fetch(request);
    const { pathname } = new URL(request.url);
    if (answer.ok && (pathname === "/" || pathname.startsWith("/w/"))) event.waitUntil(keep(PAGES, request, answer.clone()));
    return answer;
  } catch (error) {
    const pages = await caches.open(PAGES);
    const found = (await pages.match(request.url)) ?? (await caches.match("/offline"));
    if (!found) throw error;
    return found;
  }
}

async function picture(event) {
  const { request } = event;
  const pictures = await caches.open(PICTURES);
  const kept = await pictures.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.status === 200) event.waitUntil(keep(PICTURES, request, answer.clone()));
  return answer;
}

async function shell(request) {
  return (await (await caches.open(SHELL)).match(request)) ?? fetch(request);
}

/** Put an answer last, and let the first go when there are too many. */
async function keep(name, request, answer) {
  const cache = await caches.open(name);
  await cache.delete(request);
  await cache.put(request, answer);
  const kept = await cache.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - MOST[name])).map((old) => cache.delete(old)));
}
