// @ts-check
/** One image in a dialog: left and right go on, Esc closes. */
import { Copy } from "./copy.js";
import { html, useEffect, useRef, useState } from "./preact.js";
import { Placeholder } from "./placeholder.js";
import { Download } from "./save.js";
import { capital, losses, size, when } from "./words.js";

/** @param {{record: any, step: (by: number) => void, close: () => void, renew: (id: string) => Promise<void>}} props */
export function Viewer({ record, step, close, renew }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [failed, fail] = useState(/** @type {string[]} */ ([]));
  useEffect(() => dialog.current?.showModal(), []);
  const name = record.filename || record.id.slice(0, 8);
  const link = record.links.processed || record.links.sanitized;
  const failures = failed.filter((id) => id === record.id).length;
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  };
  const expired = async () => {
    if (!failures) await renew(record.id).catch(() => undefined); // a record that is gone has no link
    fail([...failed, record.id]); // the link is renewed once
  };
  const result = record.variants.processed || record.variants.sanitized;
  const lost = losses(record);
  return html`<dialog ref=${dialog} aria-label=${name} onKeyDown=${press} onClose=${close}>
    <div class="picture">${link && failures < 2
      ? html`<img key=${`${record.id} ${failures}`} src=${link} alt=${name} width=${result.width} height=${result.height} onError=${expired} />`
      : html`<${Placeholder} placeholder=${record.placeholder} /><p>${link
      ? `No preview: this browser does not show ${result.format}. Download it to see it.` : record.error?.detail || capital(record.status)}</p>`}</div>
    <h2><bdi>${name}</bdi></h2>
    <p>${capital(record.status)}, ${when(record.timestamp)}. ${size(record.source_size || record.size)} ${record.source_format || record.format}${result ? ` → ${size(result.size)} ${result.format}, ${result.width} × ${result.height}` : ""}</p>
    ${lost.length > 0 && html`<p>Lost: ${lost.join(", ")}</p>`}
    <div class="row"><button type="button" onClick=${() => step(-1)}>Previous</button><button type="button" onClick=${() => step(1)}>Next</button>
      ${link && html`<${Download} record=${record} /><${Copy} text=${link}>Copy link<//>`}
      <button type="button" onClick=${() => dialog.current?.close()}>Close</button></div></dialog>`;
}
