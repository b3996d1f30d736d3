// @ts-check
/** Draws a ThumbHash under a picture that loads. The format: https://evanw.github.io/thumbhash (MIT). */
import { html, useLayoutEffect, useRef } from "./preact.js";

const SIDE = 32;

/** @param {{placeholder: {thumbhash?: string, color?: string} | null | undefined}} props */
export function Placeholder({ placeholder }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !placeholder) return;
    if (/^#[0-9a-f]{6}$/i.test(placeholder.color || "")) {
      context.fillStyle = String(placeholder.color);
      context.fillRect(0, 0, SIDE, SIDE);
    }
    const picture = decode(placeholder.thumbhash || "");
    if (!picture) return;
    context.canvas.width = picture.width; // the proportions, from which CSS cuts the tile
    context.canvas.height = picture.height;
    context.putImageData(picture, 0, 0);
  }, [placeholder]);
  return placeholder ? html`<canvas ref=${canvas} width=${SIDE} height=${SIDE} aria-hidden="true"></canvas>` : null;
}

/** Decode a ThumbHash into at most 32 x 32 pixels. Null if it is damaged. @param {string} text */
export function decode(text) {
  const hash = bytesOf(text);
  if (hash.length < 5) return null;
  const head = hash[0] | (hash[1] << 8) | (hash[2] << 16);
  const tail = hash[3] | (hash[4] << 8);
  const hasAlpha = head >> 23;
  const isWide = tail >> 15;
  const most = hasAlpha ? 5 : 7;
  const least = tail & 7;
  if (!least || least > most) return null;
  const short = Math.round((SIDE * least) / most);
  const [width, height] = isWide ? [SIDE, short] : [short, SIDE];
  const across = Math.max(3, isWide ? most : least);
  const down = Math.max(3, isWide ? least : most);
  let at = (hasAlpha ? 6 : 5) * 2;
  const channel = (/** @type {number} */ nx, /** @type {number} */ ny, /** @type {number} */ scale) => {
    const factors = [];
    for (let cy = 0; cy < ny; cy += 1) {
      for (let cx = cy ? 0 : 1; cx * ny < nx * (ny - cy); cx += 1, at += 1) {
        factors.push({ cx, cy, value: ((((hash[at >> 1] ?? 0) >> ((at & 1) << 2)) & 15) / 7.5 - 1) * scale });
      }
    }
    return factors;
  };
  const channels = [
    { mean: (head & 63) / 63, factors: channel(across, down, ((head >> 18) & 31) / 31) },
    { mean: ((head >> 6) & 63) / 31.5 - 1, factors: channel(3, 3, (((tail >> 3) & 63) / 63) * 1.25) },
    { mean: ((head >> 12) & 63) / 31.5 - 1, factors: channel(3, 3, (((tail >> 9) & 63) / 63) * 1.25) },
    { mean: hasAlpha ? (hash[5] & 15) / 15 : 1, factors: hasAlpha ? channel(5, 5, (hash[5] >> 4) / 15) : [] },
  ];
  const picture = new ImageData(width, height);
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 4) {
      const [light, yellow, red, alpha] = channels.map(({ mean, factors }) => factors.reduce((sum, { cx, cy, value }) =>
        sum + 2 * value * wave(x, width, cx) * wave(y, height, cy), mean));
      const b = light - (2 / 3) * yellow;
      const r = (3 * light - b + red) / 2;
      picture.data.set([255 * r, 255 * (r - red), 255 * b, 255 * alpha], i);
    }
  }
  return picture;
}

/** @param {number} place @param {number} side @param {number} frequency */
const wave = (place, side, frequency) => Math.cos((Math.PI / side) * (place + 0.5) * frequency);

/** @param {string} text */
function bytesOf(text) {
  try {
    return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  } catch {
    return new Uint8Array(); // not base64
  }
}
