// What only the browser knows of a route: how it got to us, and when it painted. app.js keeps that
// for the last pages of this tab; nobody else's can be known here.

const main = document.getElementById("main");
const id = main.dataset.route;
const kept = JSON.parse(sessionStorage.routes ?? "[]").find((page) => page.id === id);
const written = (ms) => (ms < 0.1 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0));
const rows = [...main.querySelectorAll(".wf li")];

again();
if (kept) fill(kept);
else for (const row of rows.filter((row) => "mine" in row.dataset)) row.querySelector(".none").textContent = "known only to the browser that asked";

/** Put the browser's own rows in, where there is room for them already, and everything on one axis that begins with its request. */
function fill({ path, came, paint }) {
  const served = Number(main.dataset.ms);
  const waited = came.responseStart - came.requestStart;
  const named = came.domainLookupEnd - came.domainLookupStart;
  const connected = came.connectEnd - came.connectStart;
  // What the clocks of two machines say cannot be compared: the wait has what was done in its middle.
  const shift = came.requestStart + Math.max(0, waited - served) / 2;
  const mine = {
    dns: [came.domainLookupStart, named],
    connect: [came.connectStart, connected],
    wait: [came.requestStart, waited],
    paint: [came.responseStart, paint - came.responseStart],
  };
  for (const row of rows) {
    const own = mine[row.dataset.mine];
    if (!own) {
      row.dataset.at = Number(row.dataset.at) + shift;
    } else if (own[1] > 0) {
      [row.dataset.at, row.dataset.ms] = own;
      row.className = row.className.replace("off", "");
      row.querySelector(".none").replaceWith(svg("svg", { class: "bar", "aria-hidden": "true" }, svg("rect", { height: "100%", rx: 3 })));
      row.querySelector(".t").textContent = written(own[1]);
    } else {
      row.querySelector(".none").textContent = row.dataset.mine === "paint" ? "not measured" : "already done for an earlier page";
    }
  }
  scale(Math.max(served, ...rows.filter(timed).map((row) => Number(row.dataset.at) + Number(row.dataset.ms))));
  main.querySelector("[data-browser]").textContent = "and your browser measured";
  const asked = new URL(path, location.href).searchParams.get("q");
  if (asked && path.startsWith("/search")) main.querySelector("[data-asked]").textContent = `You searched for “${asked.length > 40 ? `${asked.slice(0, 40)}…` : asked}”.`;
  const reach = named + connected + Math.max(0, waited - served);
  const [number, words] = main.querySelector("[data-total=reach]").children;
  number.textContent = `${written(reach)} ms`;
  words.textContent = "more was reaching us and back";
  dns(named);
}

function timed(row) {
  return "at" in row.dataset;
}

/** Draw the axis and every bar anew, for an axis of ``whole`` milliseconds. */
function scale(whole) {
  for (const row of rows.filter(timed)) {
    const at = Math.min(99.5, (100 * row.dataset.at) / whole);
    const bar = row.querySelector("rect");
    bar.setAttribute("x", `${at}%`);
    bar.setAttribute("width", `${Math.min(100 - at, Math.max(0.5, (100 * row.dataset.ms) / whole))}%`);
  }
  let step = 10 ** Math.floor(Math.log10(whole / 4));
  step *= [1, 2, 5, 10].find((times) => step * times * 4 >= whole);
  const ticks = [];
  for (let at = 0; at < whole * 0.97; at += step) ticks.push(Number(at.toPrecision(10)));
  const place = (tick) => `${(100 * tick) / whole}%`;
  main.querySelector(".ax svg").replaceChildren(...ticks.map((tick) => svg("text", { x: place(tick), y: 25, "text-anchor": tick ? "middle" : "start" }, String(tick))));
  main.querySelector(".lines").replaceChildren(...ticks.map((tick) => svg("line", { x1: place(tick), x2: place(tick), y1: 0, y2: "100%" })));
}

function dns(ms) {
  const stop = main.querySelector("[data-stop=dns]");
  stop.querySelector(".sub").textContent = ms > 0 ? `${written(ms)} ms` : "known from before";
  if (ms > 0) {
    stop.querySelector("circle").setAttribute("class", "st s-dns");
    main.querySelector("[data-leg=dns]").setAttribute("class", "ln s-dns");
  }
}

/** Make the button ask for the very page again, where it is known. */
function again() {
  const button = main.querySelector("[data-again]");
  if (!kept) return;
  button.href = kept.path;
  button.querySelector("span").textContent = "Run it again";
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await fetch(kept.path, { cache: "no-store", headers: { Accept: "text/html" } }).catch(() => null);
    const found = /route;desc="([0-9a-f]{32})"/.exec(answer?.headers.get("Server-Timing") ?? "");
    location.href = found ? `/route/${found[1]}` : kept.path;
  });
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
