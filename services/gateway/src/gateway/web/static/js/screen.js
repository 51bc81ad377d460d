// The screen that wallpapers are fitted to: recognised, or what the visitor said it is.
// Kept in a cookie, "2880x1800", with "~mine" behind it once a visitor has said so.

const COOKIE = /(?:^|; )screen=(\d{2,5})x(\d{2,5})(~mine)?/;

/** Width and height in pixels of the screen. */
export function myScreen() {
  const kept = COOKIE.exec(document.cookie);
  if (kept?.[3]) return [Number(kept[1]), Number(kept[2])];
  const here = [screen.width, screen.height].map((side) => Math.round(side * devicePixelRatio));
  if (kept?.[1] !== String(here[0]) || kept?.[2] !== String(here[1])) write(here.join("x"));
  return here;
}

/** Remember what the visitor says the screen is. */
export function keepScreen(width, height) {
  write(`${Number(width)}x${Number(height)}~mine`);
}

/** A size as people write it. */
export const written = ([width, height]) => `${width}×${height}`;

function write(value) {
  document.cookie = `screen=${value}; Path=/; Max-Age=31536000; SameSite=Lax`;
}
