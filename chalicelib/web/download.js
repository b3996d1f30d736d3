// @ts-check
/** Downloads one picture, or all of them as a zip. Links are renewed first, since they expire. */
import { call } from "./api.js";
import { downloadZip } from "./client-zip.js";

/** Return the main link of a record. @param {any} record */
const linkOf = (record) => record.links.processed || record.links.sanitized;

/** Return a name with the suffix of the result. @param {any} record */
export function nameOf(record) {
  const suffix = (record.key || "").split(".").pop();
  const stem = (record.filename || record.id).replace(/\.[A-Za-z0-9]{1,5}$/, "");
  return `${stem.replace(/[/\\]/g, "_")}.${suffix}`;
}

/** @param {any} record */
async function fetchPicture(record) {
  const { body } = await call("GET", `images/${record.id}`);
  const response = await fetch(linkOf(body));
  if (!response.ok) throw new Error(`S3 answered ${response.status}`);
  return response;
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60000);
}

/** @param {any} record */
export async function downloadOne(record) {
  save(await (await fetchPicture(record)).blob(), nameOf(record));
}

/** Download a zip, and return a sentence that says what is in it. @param {any[]} records */
export async function downloadAll(records) {
  let packed = 0;
  const used = new Set();
  async function* files() {
    for (const record of records) {
      const input = await fetchPicture(record).catch(() => null);
      if (!input) continue;
      const name = used.has(nameOf(record)) ? `${record.id.slice(0, 6)}-${nameOf(record)}` : nameOf(record);
      used.add(name);
      packed += 1;
      yield { name, input };
    }
  }
  save(await downloadZip(files()).blob(), "darkroom.zip");
  return packed === records.length ? `${packed} packed` : `${packed} of ${records.length} packed; the others are gone`;
}
