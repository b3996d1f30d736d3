// @ts-check
/** One recipe for the batch: presets first, and "Adjust" for the rest. */
import { config } from "./api.js";
import { Field } from "./field.js";
import { choose, PRESETS, recipe, values } from "./options.js";
import { html, useState } from "./preact.js";
import { useModule, useStore } from "./store.js";
import { capital } from "./words.js";

const GRID = ["north-west", "north", "north-east", "west", "center", "east", "south-west", "south", "south-east"];
/** The options that stand in "Adjust" itself; all others are in "More options". */
const FIELDS = ["width", "height", "fit", "grayscale", "format", "quality"];
const SHOWN = [...FIELDS, "preset", "watermark", "gravity", "focus"];

/** @param {{photo: import("./queue.js").Photo | undefined}} props */
export function Recipe({ photo }) {
  const options = useStore(recipe);
  const names = Object.keys(options);
  // Only the first view opens them by itself: later they must not close under a person's hands.
  const [isAdjusted] = useState(names.some((name) => name !== "preset"));
  const [isOpen, open] = useState(names.some((name) => !SHOWN.includes(name)));
  const extras = useModule(isOpen && (() => import("./extras.js")));
  return html`<section class="recipe" aria-label="Recipe">
    <fieldset class="chips"><legend>Preset</legend>
      ${values("preset").map((name) => html`<label class="chip"><input type="radio" name="preset" value=${name}
        checked=${(options.preset || config.options.preset.default) === name} onChange=${() => choose("preset", name)} />
        <span>${capital(name)}<small>${PRESETS[/** @type {"web"} */ (name)] || ""}</small></span></label>`)}
    </fieldset>
    <details open=${isAdjusted}><summary>Adjust</summary>
      <div class="fields">${FIELDS.map((name) => html`<${Field} key=${name} name=${name} label=${name === "grayscale" ? "Greyscale" : undefined}
        unit=${/th$|ht$/.test(name) ? "px" : ""} usual="as the preset" />`)}</div>
      <${Field} name="watermark" />
      <${Position} options=${options} />
      ${options.fit === "cover" && html`<${Focus} photo=${photo} options=${options} />`}
      <details open=${isOpen} onToggle=${(/** @type {any} */ event) => open(event.target.open)}><summary>More options</summary>
        ${extras && html`<${extras.Extras} />`}</details>
    </details>
  </section>`;
}

/** The place of the watermark and of the crop. @param {{options: Record<string, string>}} props */
function Position({ options }) {
  const others = values("gravity").filter((word) => !GRID.includes(word));
  const chosen = options.gravity || "";
  const choice = (/** @type {string} */ word, /** @type {string} */ kind) => html`<label class=${kind}>
    <input type="radio" name="gravity" value=${word} checked=${chosen === word} onChange=${() => choose("gravity", word)} />
    <span>${kind === "cell" ? html`<span class="hidden">${word}</span>` : word}</span></label>`;
  return html`<fieldset class="position"><legend>Position of watermark and crop</legend>
    <div class="grid">${GRID.map((word) => choice(word, "cell"))}</div>
    <div class="others">${others.map((word) => choice(word, "chip"))}
      <p>${chosen || "as the preset"}</p>
      ${chosen && html`<button type="button" class="quiet" onClick=${() => choose("gravity", "")}>Reset</button>`}</div>
  </fieldset>`;
}

/** The point that a crop keeps. @param {{photo: import("./queue.js").Photo | undefined, options: Record<string, string>}} props */
function Focus({ photo, options }) {
  const [x = 0.5, y = 0.5] = (/^\d*\.?\d+,\d*\.?\d+$/.exec(options.focus)?.[0].split(",") || []).map(Number);
  const set = (/** @type {number} */ left, /** @type {number} */ top) =>
    choose("focus", [left, top].map((each) => +Math.min(1, Math.max(0, each)).toFixed(2)).join(","));
  const moves = /** @type {Record<string, number[]>} */ ({
    ArrowLeft: [-0.05, 0], ArrowRight: [0.05, 0], ArrowUp: [0, -0.05], ArrowDown: [0, 0.05],
  });
  const press = (/** @type {KeyboardEvent} */ event) => {
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    set(x + move[0], y + move[1]);
  };
  const click = (/** @type {MouseEvent} */ event) => {
    if (!event.detail) return; // a key, not a pointer
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    set((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  const percent = (/** @type {number} */ part) => `${Math.round(part * 100)} %`;
  const label = `Focus point: ${percent(x)} from the left, ${percent(y)} from the top. Arrow keys move it.`;
  return html`<div class="focus"><button type="button" aria-label=${label} onClick=${click} onKeyDown=${press}>
      ${photo && html`<img src=${photo.url} alt="" />`}
      <i style=${{ left: `${x * 100}%`, top: `${y * 100}%` }}></i></button>
    <p class="hint">Click the part that must stay in the picture: ${percent(x)} from the left, ${percent(y)} from the top.</p>
    ${options.focus && html`<button type="button" class="quiet" onClick=${() => choose("focus", "")}>Reset</button>`}</div>`;
}
