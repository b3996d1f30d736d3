// @ts-check
/** What became of a photo: before and after, the facts, and what to do with it. */
import { config } from "./api.js";
import * as commands from "./commands.js";
import { Compare } from "./compare.js";
import { Copy } from "./copy.js";
import { deleteLater } from "./deletion.js";
import { html, useState } from "./preact.js";
import * as queue from "./queue.js";
import { duration, losses, size, span } from "./words.js";

/** @param {{photo: queue.Photo}} props */
export function Result({ photo }) {
  const { record, name, options } = photo;
  const result = record.variants.processed;
  const before = record.source_size || photo.size;
  const lost = losses(record);
  const [said, say] = useState("");
  const download = async () => {
    const { downloadOne } = await import("./download.js");
    say(await downloadOne(record).then(() => "", () => "The picture could not be fetched. Try again."));
  };
  const remove = () => {
    queue.remove(photo);
    deleteLater(record, name, () => queue.photos.set([...queue.photos.value, photo]));
  };
  return html`<${Compare} photo=${photo} result=${result} link=${record.links.processed} />
    <dl class="facts">
      <div><dt>Before</dt><dd>${size(before)}, ${record.source_format || record.format}, ${record.width} × ${record.height}</dd></div>
      <div><dt>After</dt><dd>${size(result.size)}, ${result.format}, ${result.width} × ${result.height}</dd></div>
      ${photo.seconds > 0 && html`<div><dt>Time</dt><dd>${duration(photo.seconds)}</dd></div>`}
      ${lost.length > 0 && html`<div class="lost"><dt>Lost</dt><dd>${lost.join(", ")}</dd></div>`}
    </dl>
    <div class="row">
      <button type="button" class="primary" aria-label=${`Download ${name}`} onClick=${download}>Download</button>
      <${Copy} text=${record.links.processed} label=${`Copy link of ${name}`}>Copy link<//>
      <span class="hint">works for ${span(config.link_seconds)}</span>
      <details class="menu"><summary>Copy as …</summary>
        <${Copy} text=${() => commands.curl(name, options)}>curl<//>
        <${Copy} text=${() => commands.aws(name, options)}>aws<//>
        <${Copy} text=${() => commands.python(name, options)}>python<//></details>
      <button type="button" class="quiet" aria-label=${`Delete ${name}`} onClick=${remove}>Delete</button>
      <span role="status">${said}</span>
    </div>`;
}
