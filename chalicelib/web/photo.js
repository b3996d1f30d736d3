// @ts-check
/** One photo of the Develop tab: its state in words, its result, or why it failed. */
import { Copy } from "./copy.js";
import { chosen } from "./options.js";
import { html, useEffect, useState } from "./preact.js";
import * as queue from "./queue.js";
import { useModule } from "./store.js";
import { capital, change, size } from "./words.js";

/** @param {queue.Photo} photo */
export function stateOf(photo) {
  if (photo.state === "uploading") return `Uploading ${photo.percent} %`;
  if (photo.state === "offline") return "Waiting for the network";
  if (photo.state !== "done") return capital(photo.state);
  const result = photo.record?.variants.processed;
  return result ? `Done (${change(photo.size, result.size)})` : "Done";
}

/** @param {{photo: queue.Photo}} props */
export function PhotoCard({ photo }) {
  const isDone = photo.state === "done" && photo.record;
  // The first view needs no results, and stays small.
  const result = useModule(isDone && (() => import("./result.js")));
  return html`<article class=${`card ${photo.state}`} aria-label=${photo.name}>
    <header>
      ${!isDone && html`<${Thumbnail} photo=${photo} />`}
      <div class="title"><h2><bdi>${photo.name}</bdi></h2><p><span class="state">${stateOf(photo)}</span> ${size(photo.size)}</p>
      ${photo.state === "uploading" && html`<progress max="100" value=${photo.percent} aria-label="Upload"></progress>`}</div>
      ${!isDone && photo.state !== "failed" && html`<button type="button" class="quiet" aria-label=${`Remove ${photo.name}`}
        onClick=${() => queue.remove(photo)}>Remove</button>`}
    </header>
    ${isDone && result && html`<${result.Result} photo=${photo} />`}
    ${photo.state === "failed" && html`<${Failure} photo=${photo} />`}
  </article>`;
}

/** @param {{photo: {name: string, url: string}}} props */
export function Thumbnail({ photo }) {
  const [isBroken, setBroken] = useState(false);
  if (!photo.url || isBroken) return html`<span class="thumb blank">${photo.name.split(".").pop()?.slice(0, 4)}</span>`;
  return html`<img class="thumb" src=${photo.url} alt="" decoding="async" onError=${() => setBroken(true)} />`;
}

/** @param {{photo: queue.Photo}} props */
function Failure({ photo }) {
  const problem = /** @type {import("./api.js").Problem} */ (photo.problem);
  const left = useCountdown(photo.retryAt);
  const smaller = () => queue.retry(photo, { ...photo.options, width: "1600", height: "1600" });
  return html`<div class="problem"><p><strong>${problem.title}</strong></p><p>${problem.detail}</p>
    <div class="row">
      ${queue.canRetry(photo) && html`<button type="button" class="primary" disabled=${left > 0}
        onClick=${() => queue.retry(photo)}>${left > 0 ? `Retry in ${left} s` : "Retry"}</button>`}
      ${["bad_option", "out_of_range"].includes(problem.code) && html`<button type="button" class="primary" onClick=${() => queue.retry(photo, chosen())}>Retry with the options chosen now</button>`}
      ${problem.code === "output_too_large" && html`<button type="button" class="primary" onClick=${smaller}>Make it smaller</button>`}
      <button type="button" aria-label=${`Remove ${photo.name}`} onClick=${() => queue.remove(photo)}>Remove</button>
      ${problem.requestId && html`<${Copy} text=${problem.requestId}>Copy request id<//>`}
    </div></div>`;
}

/** Return the seconds until a time, and draw again each second. @param {number} until */
function useCountdown(until) {
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const [seconds, set] = useState(left);
  useEffect(() => {
    set(left());
    const timer = setInterval(() => set(left()), 250);
    return () => clearInterval(timer);
  }, [until]);
  return seconds;
}
