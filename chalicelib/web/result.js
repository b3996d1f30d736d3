// @ts-check
/** What became of a photo: before and after, the facts, and what to do with it. */
import { config } from "./api.js";
import * as commands from "./commands.js";
import { Compare } from "./compare.js";
import { Copy } from "./copy.js";
import { deleteLater } from "./deletion.js";
import { html, useEffect } from "./preact.js";
import * as queue from "./queue.js";
import { Download } from "./save.js";
import { duration, losses, size, span } from "./words.js";

/** The variants that every image may have. All others are renditions. */
const VARIANTS = ["original", "processed", "resized", "sanitized"];

/** @param {{width: number, height: number, size: number}} picture */
const pixels = ({ width, height }) => `${width} × ${height}`;

/** @param {{photo: queue.Photo}} props */
export function Result({ photo }) {
  const { record, name, options } = photo;
  const result = record.variants.processed;
  const lost = losses(record);
  const renditions = Object.keys(record.variants).filter((each) => !VARIANTS.includes(each));
  // A link must work when somebody copies it: it is renewed before it expires.
  useEffect(() => {
    const timer = setTimeout(() => queue.show(photo), 900 * config.link_seconds);
    return () => clearTimeout(timer);
  }, [record]);
  return html`<${Compare} photo=${photo} result=${result} link=${record.links.processed} />
    <dl class="facts">
      <div><dt>Before</dt><dd>${size(record.source_size || photo.size)}, ${record.source_format || record.format}, ${pixels(record)}</dd></div>
      <div><dt>After</dt><dd>${size(result.size)}, ${result.format}, ${pixels(result)}</dd></div>
      ${photo.seconds > 0 && html`<div><dt>Time</dt><dd>${duration(photo.seconds)}</dd></div>`}
      ${lost.length > 0 && html`<div class="lost"><dt>Lost</dt><dd>${lost.join(", ")}</dd></div>`}
    </dl>
    ${renditions.length > 0 && html`<ul class="sizes" aria-label="Further sizes">${renditions.map((each) => {
      const made = record.variants[each];
      return html`<li key=${each}><a href=${record.links[each]} target="_blank" rel="noopener">${each}: ${pixels(made)}, ${size(made.size)}</a></li>`;
    })}</ul>`}
    <div class="row">
      <${Download} record=${record} label=${`Download ${name}`} />
      <${Copy} text=${record.links.processed} label=${`Copy link of ${name}`}>Copy link<//>
      ${record.srcset && html`<${Copy} text=${record.srcset}>Copy srcset<//>`}
      <button type="button" class="quiet" aria-label=${`Delete ${name}`} onClick=${() => deleteLater(record, name, queue.hide(photo))}>Delete</button>
      <details class="menu"><summary>Copy as …</summary>
        <${Copy} text=${() => commands.curl(name, options)}>curl<//>
        <${Copy} text=${() => commands.aws(name, options)}>aws<//>
        <${Copy} text=${() => commands.python(name, options)}>python<//></details>
    </div>
    <p class="hint">A link works for ${span(config.link_seconds)}.</p>`;
}
