// @ts-check
/** Before and after, one over the other, under a native range input: keys and screen readers work it. */
import { html, useState } from "./preact.js";

/** @param {{photo: import("./queue.js").Photo, result: any, link: string}} props */
export function Compare({ photo, result, link }) {
  const [percent, set] = useState(50);
  const [isFull, setFull] = useState(false);
  const [isShown, setShown] = useState(true);
  const ratio = `${result.width} / ${result.height}`;
  const hasBefore = photo.url && isShown;
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "z" || event.key === "Z") setFull(!isFull);
  };
  const { fit, rotate } = photo.record.recipe;
  const objectFit = rotate || fit === "pad" ? "contain" : fit === "stretch" ? "fill" : "cover";
  const split = (/** @type {HTMLElement | null} */ element) => element?.style.setProperty("--split", `${percent}%`);
  return html`<div class="compare" onKeyDown=${key}>
    <div class=${isFull ? "stage full" : "stage"} tabindex=${isFull ? 0 : undefined}>
      <div class="pair" ref=${split} style=${{ aspectRatio: ratio, width: isFull ? `${result.width}px` : `min(100%, ${(60 * result.width) / result.height}vh)`, maxWidth: isFull ? "none" : `${result.width}px` }}>
        <img class="after" src=${link} alt=${`After: ${photo.name}`} width=${result.width} height=${result.height} decoding="async" />
        ${hasBefore && html`<img class="before" src=${photo.url} alt=${`Before: ${photo.name}`} style=${{ objectFit }} decoding="async" onError=${() => setShown(false)} />`}
      </div>
    </div>
    ${hasBefore ? html`<input type="range" min="0" max="100" value=${percent} aria-label="Compare before and after"
        aria-valuetext=${`${percent} % before`} onInput=${(/** @type {any} */ event) => set(+event.target.value)} />`
      : html`<p class="notice">${photo.file ? "Browsers do not show this format. " : ""}Only the picture after is shown.</p>`}
    <div class="row"><button type="button" class="quiet" aria-pressed=${isFull} aria-keyshortcuts="Z" onClick=${() => setFull(!isFull)}>100 % size (Z)</button>
      ${hasBefore && html`<p class="hint">${percent} % before</p>`}</div>
  </div>`;
}
