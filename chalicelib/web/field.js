// @ts-check
/** A field for an option, of the kind that the API's rules for it ask for. */
import { config } from "./api.js";
import { choose, recipe } from "./options.js";
import { html } from "./preact.js";
import { useStore } from "./store.js";
import { capital } from "./words.js";

/** @param {{name: string, label?: string, unit?: string, usual?: string}} props */
export function Field({ name, label = capital(name), unit, usual }) {
  const { type, enum: words, pattern = "", minimum, maximum, maxLength, default: unset = usual, examples } = config.options[name];
  const value = useStore(recipe)[name] || "";
  const change = (/** @type {Event} */ event) => choose(name, /** @type {HTMLInputElement} */ (event.target).value);
  if (words || type === "boolean") {
    return html`<label class="field">${label}<select value=${value} onChange=${change}><option value="">${unset}</option>
      ${(words || ["true", "false"]).map((/** @type {string | number} */ word) => html`<option value=${word} selected=${value === `${word}`}>${word}</option>`)}
    </select></label>`;
  }
  if (pattern.includes("{6}")) return html`<${Colour} ...${{ name, label, value, unset, change }} />`;
  return html`<label class="field">${label}${unit && `, ${unit}`}<input type=${minimum ? "number" : "text"} dir="auto" min=${minimum} max=${maximum}
    maxlength=${maxLength} value=${value} placeholder=${examples?.[0] ?? unset} onInput=${change} /></label>`;
}

/** A field of colours always has one: the words say whether it counts. @param {any} props */
const Colour = ({ name, label, value, unset, change }) => html`<div class="field"><label>${label}: ${value || unset}
    <input type="color" value=${value ? `#${value.replace("#", "")}` : "#ffffff"} onInput=${change} /></label>
  ${value && html`<button type="button" class="quiet" aria-label=${`Reset ${label}`} onClick=${() => choose(name, "")}>Reset</button>`}</div>`;
