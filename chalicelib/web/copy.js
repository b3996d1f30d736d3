// @ts-check
/** Copies text, also where the page came by HTTP and the browser has no navigator.clipboard. */
import { html, useState } from "./preact.js";

/** @param {string} text */
function copyText(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  // Inside an open dialog, nothing outside it can be selected.
  const parent = document.querySelector("dialog[open]") || document.body;
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  parent.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}

/** A button that copies, and says so. @param {{text: string | (() => string), children: unknown, label?: string}} props */
export function Copy({ text, children, label }) {
  const [said, say] = useState("");
  const copy = () => {
    say(copyText(typeof text === "string" ? text : text()) ? "Copied" : "Copying is blocked here");
    setTimeout(() => say(""), 2000);
  };
  return html`<button type="button" class="quiet" aria-label=${label} onClick=${copy}>${said || children}</button>
    <span class="hidden" role="status">${said}</span>`;
}
