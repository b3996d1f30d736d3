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
    const picture = context.createImageData(SIDE, SIDE);
    if (placeholder.thumbhash && paint(placeholder.thumbhash, picture.data)) context.putImageData(picture, 0, 0);
  }, [placeholder]);
  return placeholder ? html`<canvas ref=${canvas} width=${SIDE} height=${SIDE} aria-hidden="true"></canvas>` : null;
}

/** Decode a ThumbHash into the pixels of a square. False if it is damaged. @param {string} text @param {Uint8ClampedArray} pixels */
export function paint(text, pixels) {
  const hash = bytesOf(text);
  if (hash.length < 5) return false;
  const head = hash[0] | (hash[1] << 8) | (hash[2] << 16);
  const tail = hash[3] | (hash[4] << 8);
  const hasAlpha = head >> 23;
  const isWide = tail >> 15;
  const across = Math.max(3, isWide ? (hasAlpha ? 5 : 7) : tail & 7);
  const down = Math.max(3, isWide ? tail & 7 : hasAlpha ? 5 : 7);
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
  for (let y = 0, i = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1, i += 4) {
      const [light, yellow, red, alpha] = channels.map(({ mean, factors }) =>
        factors.reduce((sum, { cx, cy, value }) => sum + 2 * value * wave(x, cx) * wave(y, cy), mean));
      const b = light - (2 / 3) * yellow;
      const r = (3 * light - b + red) / 2;
      pixels.set([255 * r, 255 * (r - red), 255 * b, 255 * alpha], i);
    }
  }
  return true;
}

/** @param {number} place @param {number} frequency */
const wave = (place, frequency) => Math.cos((Math.PI / SIDE) * (place + 0.5) * frequency);

/** @param {string} text */
function bytesOf(text) {
  try {
    return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  } catch {
    return new Uint8Array(); // not base64
  }
}
