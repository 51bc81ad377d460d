// Looks at files one after the other, off the page: what they hash to, and a small picture of each.

const PART = 8 * 1024 ** 2; // bytes, as media's API has it
let last = Promise.resolve();

addEventListener("message", ({ data }) => {
  last = last.then(() => look(data)).then(postMessage, (error) => postMessage({ id: data.id, error: error.name }));
});

async function look({ id, file }) {
  const bytes = await file.arrayBuffer();
  const parts = [];
  for (let at = 0; at < bytes.byteLength; at += PART) {
    parts.push(await sha256(new Uint8Array(bytes, at, Math.min(PART, bytes.byteLength - at))));
  }
  const whole = parts.length === 1 ? parts[0] : await sha256(bytes);
  return { id, sha256: whole, parts, ...(await small(file).catch(() => ({}))) };
}

async function sha256(bytes) {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The middle of the picture, as large as a row of the queue shows it, and the size of all of it. */
async function small(file) {
  const picture = await createImageBitmap(file);
  const { width, height } = picture;
  const canvas = new OffscreenCanvas(264, 166);
  const [w, h] = [Math.min(width, (height * 264) / 166), Math.min(height, (width * 166) / 264)];
  canvas.getContext("2d").drawImage(picture, (width - w) / 2, (height - h) / 2, w, h, 0, 0, 264, 166);
  picture.close();
  return { width, height, small: canvas.transferToImageBitmap() };
}
