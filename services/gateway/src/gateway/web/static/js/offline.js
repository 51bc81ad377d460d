// Shows the thumbnails that the worker has kept, each leading to its wallpaper's page.
const section = document.querySelector(".lately");
const pages = new Set((await (await caches.open("pages")).keys()).map(({ url }) => new URL(url).pathname));
const seen = new Map();
for (const { url } of (await (await caches.open("pictures")).keys()).reverse()) {
  const id = /\/i\/([a-z0-9]+)\//.exec(url)?.[1];
  if (id && pages.has(`/w/${id}`) && !seen.has(id)) seen.set(id, url);
}
for (const [id, url] of seen) {
  const [tile, link, image] = ["li", "a", "img"].map((tag) => document.createElement(tag));
  tile.className = "tile";
  link.className = "pic";
  link.href = `/w/${id}`;
  [image.src, image.alt] = [url, "A wallpaper that you opened lately"];
  link.append(image);
  tile.append(link);
  section.querySelector("ul").append(tile);
}
section.hidden = seen.size === 0;
addEventListener("online", async () => {
  // A network is not yet an answer, and a reload would undo where the visitor is just going.
  await fetch(location.href, { method: "HEAD" });
  location.reload();
});
