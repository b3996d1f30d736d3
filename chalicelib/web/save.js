// @ts-check
/** A button that downloads the picture of a record, and says so if that fails. */
import { html, useState } from "./preact.js";

/** @param {{record: any, label?: string, children?: unknown}} props */
export function Download({ record, label, children = "Download" }) {
  const [said, say] = useState("");
  const download = async () => {
    const { downloadOne } = await import("./download.js");
    say(await downloadOne(record).then(() => "", () => "The picture could not be fetched. Try again."));
  };
  return html`<button type="button" class="primary" aria-label=${label} onClick=${download}>${children}</button>
    ${said && html`<span role="status">${said}</span>`}`;
}
