// @ts-check
/** The ways to bring photos: drop, choose, take, paste, our sample. */
import { sample } from "./files.js";
import { html, useRef } from "./preact.js";

/** @param {{take: (files: File[]) => unknown, note: string}} props */
export function Chooser({ take, note }) {
  const files = useRef(/** @type {HTMLInputElement | null} */ (null));
  const camera = useRef(/** @type {HTMLInputElement | null} */ (null));
  const chosen = (/** @type {Event} */ event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    take([...(field.files || [])]);
    field.value = ""; // the same photo may be chosen again
  };
  return html`<section class="chooser" aria-label="Photos">
    <p class="big">Drop photos anywhere, or paste</p>
    <div class="row">
      <button type="button" class="primary" onClick=${() => files.current?.click()}>Choose photos</button>
      <button type="button" class="touch" onClick=${() => camera.current?.click()}>Take a photo</button>
      <button type="button" onClick=${async () => take([await sample()])}>Try our sample</button>
    </div>
    <input ref=${files} class="none" type="file" multiple accept="image/*,.heic,.heif,.avif" aria-label="Photos" onChange=${chosen} />
    <input ref=${camera} class="none" type="file" accept="image/*" capture="environment" aria-label="Camera" onChange=${chosen} />
    <p class="hint">${note}</p>
  </section>`;
}
