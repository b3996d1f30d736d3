// @ts-check
/** The Develop tab: choose photos, one recipe for all of them, and see what becomes of each. */
import { config, access } from "./api.js";
import { Chooser } from "./chooser.js";
import { html, useEffect, useRef, useState } from "./preact.js";
import { PhotoCard } from "./photo.js";
import * as queue from "./queue.js";
import { Recipe } from "./recipe.js";
import { useStore } from "./store.js";
import { count, size } from "./words.js";

export function Develop() {
  const photos = useStore(queue.photos);
  const missing = useStore(queue.missing);
  useEffect(warnOnLeave, []);
  const waiting = photos.filter((photo) => photo.state === "waiting" && !photo.started);
  const limit = Math.floor(config.body_bytes / 4) * 3;
  return html`<div class="columns">
    <div class="tools">
      <h1>Develop photos</h1>
      <${Chooser} take=${queue.add} note=${`JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP, HEIC. Over ${size(limit)} they go straight into S3.`} />
      ${missing.length > 0 && html`<p class="notice">This browser kept no photos over the reload. Choose again: ${missing.map((name) => html`<bdi>${name}</bdi> `)}</p>`}
      <${Recipe} photo=${photos.find((photo) => photo.url)} />
      <div class="go"><button type="button" class="primary wide" disabled=${!waiting.length || !!access.value.asking} onClick=${queue.develop}>
        ${waiting.length ? `Develop ${count(waiting.length, "photo")}` : "Develop"}
      </button>
      <p class="hint">Nothing is sent before you press it.</p></div>
    </div>
    <div class="results">
      ${photos.length ? html`<${Bar} photos=${photos} />` : html`<${Empty} />`}
      <ul class="photos">${photos.map((photo) => html`<li key=${photo.id}><${PhotoCard} photo=${photo} /></li>`)}</ul>
      <${Totals} photos=${photos} />
    </div>
  </div>`;
}

function Empty() {
  return html`<div class="empty"><p class="big">Your photos appear here.</p>
    <p>Drop photos or folders anywhere on this page. You see each one before and after, and what it lost on the way.</p></div>`;
}

/** @param {{photos: queue.Photo[]}} props */
function Bar({ photos }) {
  const done = photos.filter((photo) => photo.state === "done" && photo.record);
  const failed = photos.filter((photo) => photo.state === "failed");
  const [saving, save] = useState("");
  const download = async () => {
    save("Packing …");
    const { downloadAll } = await import("./download.js");
    save(await downloadAll(done.map((photo) => photo.record)));
  };
  return html`<div class="bar">
    <p>${summary(photos)}</p>
    ${failed.some(queue.canRetry) && html`<button type="button" onClick=${queue.retryFailed}>Retry failed</button>`}
    ${done.length > 0 && html`<button type="button" onClick=${download}>Download all</button>`}
    <button type="button" onClick=${queue.clear}>Clear</button>
    ${saving && html`<p role="status">${saving}</p>`}
  </div>`;
}

/** @param {queue.Photo[]} photos */
function summary(photos) {
  const done = photos.filter((photo) => photo.state === "done").length;
  const failed = photos.filter((photo) => photo.state === "failed").length;
  return `${done} of ${count(photos.length, "photo")} done${failed ? `, ${failed} failed` : ""}`;
}

/** Says the totals to a screen reader, at most every 3 seconds. @param {{photos: queue.Photo[]}} props */
function Totals({ photos }) {
  const [said, say] = useState("");
  const last = useRef(0);
  const text = photos.some((photo) => photo.started) ? summary(photos) : "";
  useEffect(() => {
    const timer = setTimeout(() => {
      last.current = Date.now();
      say(text);
    }, Math.max(0, last.current + 3000 - Date.now()));
    return () => clearTimeout(timer);
  }, [text]);
  return html`<p class="hidden" role="status" id="totals">${said}</p>`;
}

function warnOnLeave() {
  const ask = (/** @type {BeforeUnloadEvent} */ event) => {
    if (queue.isBusy() && !access.value.asking) event.preventDefault();
  };
  addEventListener("beforeunload", ask);
  return () => removeEventListener("beforeunload", ask);
}
