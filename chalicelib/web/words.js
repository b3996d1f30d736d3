// @ts-check
/** Numbers and facts in plain English. */

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1000)} KB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Return how the size has changed: "−83 %". @param {number} before @param {number} after */
export function change(before, after) {
  if (!before) return "";
  const percent = Math.round((100 * (after - before)) / before);
  return percent < 0 ? `−${Math.min(-percent, 99)} %` : `+${percent} %`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export const count = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** @param {number} seconds */
export const duration = (seconds) => (seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`);

/** Return "15 minutes" or "45 seconds". @param {number} seconds */
export const span = (seconds) => (seconds >= 60 ? count(Math.round(seconds / 60), "minute") : count(seconds, "second"));

/** Return a date of the record as this browser writes it. @param {string} iso */
export const when = (iso) => new Date(iso).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1).replaceAll("_", " ");

/** The kinds of losses in a person's words; numbers of a gamut or of a mark would say nothing. */
const LOST = /** @type {Record<string, string>} */ ({
  frames: "animation", bit_depth: "bit depth", alpha: "transparency", gamut: "wide colours", gain_map: "HDR brightness",
  c2pa: "content credentials",
});

/** Return what the picture lost, as the record says it: "animation (3 pictures → 1)". @param {any} record @returns {string[]} */
export function losses(record) {
  /** @type {Array<{kind: string, had: number | string, kept: number | string}>} */
  const lost = record.lost || []; // null until it is known
  return lost.map(({ kind, had, kept }) => {
    const word = LOST[kind] || kind.replaceAll("_", " ");
    if (kind === "gain_map" || kind === "c2pa") return word;
    return `${word} (${had}${kind === "frames" ? " pictures" : ""} → ${kept})`;
  });
}
