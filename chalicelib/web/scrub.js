// @ts-check
/** The Scrub tab: what a photo gives away, and its clean copy. */
import { call, config, postForm } from "./api.js";
import { Chooser } from "./chooser.js";
import { nameToSend } from "./files.js";
import { Findings, headline } from "./findings.js";
import { Thumbnail } from "./photo.js";
import { html, useEffect } from "./preact.js";
import { ended, fitsBody } from "./queue.js";
import { Download } from "./save.js";
import { randomId, Store, useStore } from "./store.js";
import { size } from "./words.js";

/**
 * @typedef {{id: string, key: string, file: File, name: string, url: string, found: any, record: any, problem: import("./api.js").Problem | null,
 *   doing: string}} Scrubbed
 */

/** @type {Store<Scrubbed[]>} */
const photos = new Store(/** @type {Scrubbed[]} */ ([]));
const TYPE = "application/octet-stream";

/** @param {Scrubbed} photo @param {Partial<Scrubbed>} change */
function update(photo, change) {
  Object.assign(photo, change);
  photos.set([...photos.value]);
}

/** Take photos, and look into each. @param {File[]} files */
function take(files) {
  const taken = files.map((file) => ({ id: randomId(), key: randomId(), file, name: file.name, url: URL.createObjectURL(file), found: null, record: null, problem: null, doing: "" }));
  photos.set([...taken, ...photos.value]);
  for (const photo of taken) void inspect(photo);
}

/** @param {Scrubbed} photo */
function remove(photo) {
  photos.set(photos.value.filter((each) => each !== photo));
  URL.revokeObjectURL(photo.url);
}

/** Do something with a photo, and say so meanwhile. @param {Scrubbed} photo @param {string} doing @param {() => Promise<Partial<Scrubbed>>} work */
async function attempt(photo, doing, work) {
  update(photo, { doing, problem: null });
  try {
    update(photo, { doing: "", ...(await work()) });
  } catch (thrown) {
    update(photo, { doing: "", problem: /** @type {import("./api.js").Problem} */ (thrown) });
  }
}

/** @param {Scrubbed} photo */
async function inspect(photo) {
  if (!fitsBody(photo.file.size)) return;
  await attempt(photo, "Looking into it", async () => {
    const answer = await call("POST", "inspect", { query: { details: "true" }, body: photo.file, type: TYPE });
    return { found: answer.body };
  });
}

/** @param {Scrubbed} photo */
async function clean(photo) {
  await attempt(photo, "Cleaning, and looking again", async () => {
    const record = fitsBody(photo.file.size) ? await throughBody(photo) : await throughStorage(photo);
    if (record.status === "completed") return { record };
    throw { status: 422, title: "Not cleaned", detail: "", requestId: "", retryAfter: 0, ...record.error };
  });
}

/** @param {Scrubbed} photo */
async function throughBody({ file, key }) {
  return (await call("POST", "sanitize", { query: { filename: nameToSend(file.name) }, body: file, type: TYPE, key })).body;
}

/** @param {Scrubbed} photo */
async function throughStorage({ file, key }) {
  const wanted = { filename: nameToSend(file.name), size: file.size, content_type: file.type, purpose: "sanitize" };
  const { body } = await call("POST", "uploads", { body: JSON.stringify(wanted), type: "application/json", key });
  if (body.status === "pending") await postForm(body.url, body.fields, file, {});
  return await ended(body.id);
}

export function Scrub() {
  const shown = useStore(photos);
  useEffect(() => {
    const listen = (/** @type {Event} */ event) => take(/** @type {CustomEvent} */ (event).detail);
    addEventListener("darkroom:photos", listen);
    return () => removeEventListener("darkroom:photos", listen);
  }, []);
  return html`<div class="columns"><div class="tools"><h1>Scrub metadata</h1>
      <${Chooser} take=${take} note=${`The photo is sent to ${new URL(config.api).host}, which looks into it and stores nothing. Only a clean copy is stored, when you ask for one.`} />
    </div><div class="results">
      ${!shown.length && html`<div class="empty"><p class="big">See what a photo gives away.</p>
        <p>The place, the time, the camera, names, and small pictures that show what was cropped away. Then take the clean copy: not one pixel changes.</p></div>`}
      <ul>${shown.map((photo) => html`<li key=${photo.id}><${Card} photo=${photo} /></li>`)}</ul>
    </div></div>`;
}

/** @param {{photo: Scrubbed}} props */
function Card({ photo }) {
  const { file, found, record, problem, doing } = photo;
  return html`<article class="card" aria-label=${file.name}>
    <header><${Thumbnail} photo=${photo} /><div class="title"><h2><bdi>${file.name}</bdi></h2><p>${size(file.size)}</p></div>
      <button type="button" class="quiet" aria-label=${`Remove ${file.name}`} onClick=${() => remove(photo)}>Remove</button></header>
    <p role="status">${doing && `${doing} …`}</p>
    ${found && html`<p class="headline">${headline(found)}</p>`}
    ${!found && !doing && !problem && !record && html`<p class="notice">This photo is too large to look into. It can be cleaned.</p>`}
    <${Verdict} record=${record} problem=${problem} />
    <div class="row">${record
      ? html`<${Download} record=${record}>Download the clean copy<//>`
      : html`<button type="button" class="primary" disabled=${!!doing || isFinal(problem)} onClick=${() => clean(photo)}>Give me the clean copy</button>`}
      ${!found && problem && !isFinal(problem) && fitsBody(file.size) && html`<button type="button" onClick=${() => inspect(photo)}>Look again</button>`}</div>
    ${found && html`<${Findings} found=${found} isRemoved=${!!record} />`}</article>`;
}

/** @param {import("./api.js").Problem | null} problem */
const isFinal = (problem) => !!problem && problem.status >= 400 && problem.status < 500 && ![409, 429].includes(problem.status);

/** @param {{record: any, problem: import("./api.js").Problem | null}} props */
function Verdict({ record, problem }) {
  if (problem?.status === 422) {
    return html`<p class="verdict bad" role="status">We could not prove it clean, so there is no copy. ${problem.detail}</p>`;
  }
  if (problem) return html`<p class="verdict bad" role="status">${problem.title}. ${problem.detail}</p>`;
  if (!record) return null;
  const total = (/** @type {Record<string, {count: number}>} */ part) => Object.values(part || {}).reduce((sum, each) => sum + each.count, 0);
  const [removed, kept] = [total(record.report.removed), total(record.report.kept)];
  const things = `${removed} ${removed === 1 ? "thing" : "things"}`;
  return html`<p class="verdict" role="status">${removed
    ? `Clean, and checked again. ${things} removed, ${kept} kept. Not one pixel changed.` : "Already clean."}</p>`;
}
