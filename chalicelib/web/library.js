// @ts-check
/** The Library tab: every image, newest first. */
import { call, config } from "./api.js";
import { deleteLater } from "./deletion.js";
import { html, useEffect, useState } from "./preact.js";
import { Placeholder } from "./placeholder.js";
import { capital, size, when } from "./words.js";
import { Viewer } from "./viewer.js";

const STATUSES = ["completed", "processing", "pending", "rejected", "failed", "expired"];

export function Library() {
  const [status, filter] = useState("");
  const [records, show] = useState(/** @type {any[]} */ ([]));
  const [next, setNext] = useState(/** @type {string | null} */ (null));
  const [state, say] = useState("Loading …");
  const [opened, open] = useState("");
  const load = async (/** @type {string | null} */ token, /** @type {any[]} */ before) => {
    say("Loading …");
    try {
      const query = { limit: "24", ...(status && { status }), ...(token && { next_token: token }) };
      const { body } = await call("GET", "images", { query });
      show([...before, ...body.items]);
      setNext(body.next_token);
      say("");
    } catch (thrown) {
      const problem = /** @type {import("./api.js").Problem} */ (thrown);
      say(`${problem.title}. ${problem.detail}`);
    }
  };
  useEffect(() => void load(null, []), [status]);
  const renew = async (/** @type {string} */ id) => {
    const { body } = await call("GET", `images/${id}`);
    show((all) => all.map((each) => (each.id === id ? body : each)));
  };
  const remove = (/** @type {any} */ record) => {
    const at = records.indexOf(record);
    show((all) => all.filter((each) => each.id !== record.id));
    deleteLater(record, record.filename, () => show((all) => [...all.slice(0, at), record, ...all.slice(at)]));
  };
  const index = records.findIndex((record) => record.id === opened);
  return html`<h1>Library</h1>
    <div class="bar"><label class="field">Status<select onChange=${(/** @type {any} */ event) => filter(event.target.value)}>
        <option value="">all</option>${STATUSES.map((each) => html`<option value=${each}>${each}</option>`)}</select></label>
      <button type="button" onClick=${() => load(null, [])}>Refresh</button></div>
    <p role="status">${state}</p>
    ${!state && !records.length && html`<${Empty} status=${status} />`}
    <ul class="gallery">${records.map((record) => html`<li key=${record.id} class="tile">
      <${Tile} record=${record} open=${() => open(record.id)} renew=${renew} remove=${() => remove(record)} /></li>`)}</ul>
    ${next && html`<button type="button" onClick=${() => load(next, records)}>Load more</button>`}
    ${index >= 0 && html`<${Viewer} record=${records[index]} renew=${renew} close=${() => open("")}
      step=${(/** @type {number} */ by) => records[index + by] && open(records[index + by].id)} />`}`;
}

/** @param {{status: string}} props */
function Empty({ status }) {
  if (status) return html`<div class="empty"><p class="big">No image is ${status}.</p></div>`;
  const endpoint = config.endpoint_url ? ` --endpoint-url ${config.endpoint_url}` : "";
  return html`<div class="empty"><p class="big">Nothing here yet.</p>
    <p>Develop a photo, or drop one into S3. It appears here when the event has come:</p>
    <pre tabindex="0"><code>aws${endpoint} s3 cp photo.jpg s3://${config.images_bucket}/uploads/</code></pre></div>`;
}

/** @param {{record: any, open: () => void, renew: (id: string) => Promise<void>, remove: () => void}} props */
function Tile({ record, open, renew, remove }) {
  const link = record.links.resized || record.links.sanitized || record.links.processed;
  const made = record.variants.resized || record.variants.sanitized || record.variants.processed;
  const [failures, setFailures] = useState(0);
  const name = record.filename || record.id.slice(0, 8);
  const expired = async () => {
    // One try: the picture may be gone, or of a format that this browser does not show.
    if (!failures) await renew(record.id).catch(() => undefined); // a record that is gone has no link
    setFailures(failures + 1);
  };
  const isShown = link && failures < 2;
  const words = link ? `No preview (${made.format})` : record.error?.detail || capital(record.status);
  return html`<button type="button" class="open" aria-label=${isShown ? `Open ${name}` : `Open ${name}: ${words}`} onClick=${open}>
      <${Placeholder} placeholder=${record.placeholder} />
      ${isShown ? html`<img key=${failures} src=${link} alt="" loading="lazy" decoding="async" onError=${expired} />`
      : html`<span class="words">${words}</span>`}</button>
    <p class="name"><strong><bdi>${name}</bdi></strong></p>
    <div class="row"><p>${record.status === "completed" ? size(record.size) : capital(record.status)}<br /><span class="hint">${when(record.timestamp)}</span></p>
      <button type="button" class="quiet" aria-label=${`Delete ${name}`} onClick=${remove}>Delete</button></div>`;
}
