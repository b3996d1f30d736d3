// @ts-check
/** The photos of the Develop tab and their way through the API. A repeat has the same key, and makes nothing twice. */
import { call, config, postForm } from "./api.js";
import { nameToSend } from "./files.js";
import { forget, forgetNames, keep, kept } from "./keep.js";
import { chosen } from "./options.js";
import { pause, randomId, Store } from "./store.js";

/**
 * @typedef {"waiting" | "uploading" | "developing" | "done" | "failed" | "offline"} State
 * @typedef {{id: string, key: string, name: string, size: number, file: File | null, url: string,
 *   options: Record<string, string>, state: State, started: boolean, percent: number, recordId: string,
 *   posted: boolean, record: any, problem: import("./api.js").Problem | null, seconds: number, retryAt: number,
 *   stop: (() => void) | null}} Photo
 */

/** How many photos are on their way at a time. */
const LANES = 3;
/** The longest pause in seconds before the network is tried again. */
const LONGEST_PAUSE = 15;
const FINAL = ["completed", "rejected", "failed", "expired"];

/** @type {Store<Photo[]>} */
export const photos = new Store(/** @type {Photo[]} */ ([]));
/** The names of photos that a reload has lost, because the browser kept nothing. */
export const missing = new Store(/** @type {string[]} */ ([]));
/** @type {Photo[]} */
const line = [];
let busy = 0;

/** @param {Photo} photo @param {Partial<Photo>} change */
function update(photo, change) {
  Object.assign(photo, change);
  photos.set([...photos.value]);
}

/** Keep what a reload needs. A photo that is done needs no file any more. @param {Photo} photo */
function save(photo) {
  const { id, key, name, size, options, state, started, recordId, posted, problem, seconds } = photo;
  const file = state === "done" ? null : photo.file;
  return keep({ id, key, name, size, file, options, state, started, recordId, posted, problem, seconds });
}

/** @param {any} known @returns {Photo} */
function toPhoto(known) {
  const url = known.file ? URL.createObjectURL(known.file) : "";
  return {
    id: randomId(), key: randomId(), options: {}, state: "waiting", started: false, percent: 0, recordId: "",
    posted: false, record: null, problem: null, seconds: 0, retryAt: 0, stop: null, ...known, url,
  };
}

/** Take photos. Nothing is sent yet. @param {File[]} files */
export function add(files) {
  const taken = files.map((file) => toPhoto({ file, name: file.name || "pasted.png", size: file.size }));
  missing.set([]);
  photos.set([...photos.value, ...taken]);
  return Promise.all(taken.map(save));
}

/** Send all that wait, with the options that are chosen now. */
export function develop() {
  const options = chosen();
  for (const photo of photos.value) {
    if (photo.state === "waiting" && !photo.started) enqueue(photo, { options });
  }
}

/** @param {Photo} photo @param {Partial<Photo>} [change] */
function enqueue(photo, change = {}) {
  update(photo, { ...change, state: "waiting", started: true, problem: null, percent: 0 });
  void save(photo);
  line.push(photo);
  next();
}

function next() {
  while (busy < LANES && line.length) {
    const photo = /** @type {Photo} */ (line.shift());
    if (!photos.value.includes(photo)) continue;
    busy += 1;
    void work(photo).finally(() => {
      busy -= 1;
      next();
    });
  }
}

/** Bring one photo to its end. Without a network it waits, and goes on by itself. @param {Photo} photo */
async function work(photo) {
  const begun = performance.now();
  for (let wait = 1; photos.value.includes(photo); wait = Math.min(2 * wait, LONGEST_PAUSE)) {
    try {
      update(photo, { state: "uploading" });
      const record = fitsBody(photo.size) ? await throughBody(photo) : await throughStorage(photo);
      if (record.status !== "completed") throw ofRecord(record);
      const seconds = (performance.now() - begun) / 1000;
      update(photo, { state: "done", record, recordId: record.id, seconds, stop: null });
      return await save(photo);
    } catch (thrown) {
      const problem = /** @type {import("./api.js").Problem} */ (thrown);
      if (problem.code === "stopped") return undefined;
      if (problem.code === "no_connection") {
        update(photo, { state: "offline", stop: null });
        await Promise.race([pause(wait), online()]);
      } else if (problem.code === "request_in_progress") {
        update(photo, { state: "developing" });
        await pause(problem.retryAfter || 1);
      } else {
        if (problem.status === undefined) throw thrown;
        update(photo, { state: "failed", problem, retryAt: Date.now() + problem.retryAfter * 1000, stop: null });
        return await save(photo);
      }
    }
  }
  return undefined;
}

const online = () => new Promise((resolve) => addEventListener("online", resolve, { once: true }));

/** API Gateway passes a body to the app as base64 text: it grows by a third. @param {number} size */
export const fitsBody = (size) => Math.ceil(size / 3) * 4 <= config.body_bytes;

/** @param {Photo} photo */
async function throughBody(photo) {
  const query = { ...photo.options, filename: nameToSend(photo.name) };
  const type = "application/octet-stream"; // the bytes say what they are
  const answer = await call("POST", "images", { query, body: photo.file, type, key: photo.key, ...watch(photo) });
  return answer.body;
}

/** A photo over the body limit goes into S3; an S3 event develops it. @param {Photo} photo */
async function throughStorage(photo) {
  if (!photo.posted) {
    const wanted = { ...photo.options, filename: nameToSend(photo.name), size: photo.size, content_type: photo.file?.type || "" };
    const { body: upload } = await call("POST", "uploads", {
      body: JSON.stringify(wanted), type: "application/json", key: photo.key,
    });
    update(photo, { recordId: upload.id });
    if (upload.status === "pending") await postForm(upload.url, upload.fields, /** @type {File} */ (photo.file), watch(photo));
    update(photo, { posted: true });
    await save(photo);
  }
  update(photo, { state: "developing", stop: null });
  return await ended(photo.recordId);
}

/** Ask for a record until it has ended. @param {string} id */
export async function ended(id) {
  for (let wait = 0.5; ; wait = Math.min(wait * 1.5, 4)) {
    const { body } = await call("GET", `images/${id}`);
    if (FINAL.includes(body.status)) return body;
    await pause(wait);
  }
}

/** @param {Photo} photo */
const watch = (photo) => ({
  onProgress: (/** @type {number} */ percent) =>
    update(photo, percent < 100 ? { percent } : { percent, state: "developing" }),
  onStart: (/** @type {() => void} */ stop) => void (photo.stop = stop),
});

/** @param {any} record @returns {import("./api.js").Problem} */
function ofRecord(record) {
  const { code = record.status, detail = `The image is ${record.status}.`, limit, actual } = record.error || {};
  return { status: 422, title: `The image is ${record.status}`, detail, code, requestId: "", retryAfter: 0, limit, actual };
}

/** Try again. A record that has ended needs a new key. @param {Photo} photo @param {Record<string, string>} [options] */
export function retry(photo, options = photo.options) {
  const isNew = photo.posted || options !== photo.options;
  enqueue(photo, { options, posted: false, ...(isNew && { key: randomId(), recordId: "" }) });
}

export function retryFailed() {
  for (const photo of photos.value) if (photo.state === "failed" && canRetry(photo)) retry(photo);
}

/** Whether the same photo with the same options may succeed later. @param {Photo} photo */
export const canRetry = (photo) => !!photo.problem && (photo.problem.status >= 500 || [409, 429].includes(photo.problem.status)
  || ["failed", "expired", "storage_refused", "attempts_failed", "abandoned"].includes(photo.problem.code));

/** Take a photo off the page. @param {Photo} photo */
export function remove(photo) {
  photos.set(photos.value.filter((each) => each !== photo));
  photo.stop?.();
  if (photo.url) URL.revokeObjectURL(photo.url);
  void forget(photo.id);
}

/** Take a photo off the page, and return what brings it back to its place. @param {Photo} photo */
export function hide(photo) {
  const at = photos.value.indexOf(photo);
  photos.set(photos.value.filter((each) => each !== photo));
  return () => photos.set([...photos.value.slice(0, at), photo, ...photos.value.slice(at)]);
}

export function clear() {
  forgetNames();
  for (const photo of photos.value) remove(photo);
}

/** Bring back what a reload has interrupted, and go on with it. */
export async function restore() {
  const found = await kept();
  missing.set(found.missing);
  const back = found.photos.map(toPhoto).filter((photo) => photo.file || photo.recordId);
  photos.set([...photos.value, ...back]);
  for (const photo of back) {
    if (photo.state === "done") void show(photo);
    else if (photo.started && photo.state !== "failed") enqueue(photo);
  }
}

/** Get the record of a photo that is done, with links that work. @param {Photo} photo */
export async function show(photo) {
  while (photos.value.includes(photo)) {
    try {
      return update(photo, { record: (await call("GET", `images/${photo.recordId}`)).body });
    } catch (thrown) {
      // Somebody has deleted the image, or the service is away.
      if ([404, 410].includes(/** @type {import("./api.js").Problem} */ (thrown).status)) return remove(photo);
      await Promise.race([pause(LONGEST_PAUSE), online()]);
    }
  }
}

export const isBusy = () => photos.value.some((photo) => ["uploading", "developing", "offline"].includes(photo.state)
  || (photo.state === "waiting" && photo.started));
