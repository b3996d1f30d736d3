// @ts-check
/** The options that few people use. They are loaded when somebody opens them. */
import { Field } from "./field.js";
import { html } from "./preact.js";

/** What an option without a default of its own means. */
const USUAL = { animated: "true", font: "the built-in font" };

/** @param {string[]} names */
const fields = (...names) => html`<div class="fields">${names.map((name) => html`<${Field} key=${name} name=${name}
  unit=${/(size|opacity|scale)$/.test(name) ? "%" : ""} usual=${USUAL[/** @type {"font"} */ (name)] || "none"} />`)}</div>`;

export const Extras = () => html`
  <fieldset><legend>Turn and bars</legend>${fields("rotate", "flip", "background", "animated")}</fieldset>
  <fieldset><legend>Look of the watermark</legend>${fields("watermark_size", "watermark_opacity", "watermark_color", "font")}</fieldset>
  <fieldset><legend>Logo</legend>${fields("logo", "logo_gravity", "logo_scale", "logo_opacity")}</fieldset>
  <p class="hint">A logo is the name of a picture below logos/ of the images bucket, a font that of one below fonts/.</p>
  <fieldset><legend>Further sizes</legend><${Field} name="renditions" /></fieldset>`;
