// What pages with wallpapers gain from a script: keys that move over them, filters for this screen,
// and more results in place.

import { all, KEYS, policy } from "./app.js";
import { keepScreen, myScreen, written } from "./screen.js";

keys();
fits();
document.addEventListener("click", more);

function keys() {
  const steps = { h: [-1, 0], l: [1, 0], k: [0, -1], j: [0, 1] };
  const arrows = { ArrowLeft: "h", ArrowRight: "l", ArrowUp: "k", ArrowDown: "j" };
  const tile = () => document.activeElement?.closest(".tile");
  const move = (key) => (tile() ? nextTile(tile(), steps[key]) : document.querySelector(".tile"))?.querySelector("a").focus();
  for (const key of Object.keys(steps)) KEYS[key] = move;
  for (const [arrow, key] of Object.entries(arrows)) KEYS[arrow] = () => tile() != null && move(key);
  KEYS.d = () => (tile()?.querySelector(".do a") ?? document.querySelector(".dl a"))?.click();
  KEYS.z = () => document.querySelector("[data-full]")?.click();
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
