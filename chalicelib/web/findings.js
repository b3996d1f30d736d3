// @ts-check
/** What was found in a photo, in a person's words and by group. Values are text, never markup. */
import { html, useEffect, useState } from "./preact.js";
import { capital, size } from "./words.js";

/** The groups, and the members of the API's answer that each shows. */
const GROUPS = {
  Location: ["position", "further_positions", "places"],
  Time: ["times"],
  Camera: ["camera", "lens", "serials"],
  People: ["names", "captions"],
  Software: ["software"],
  "Hidden pictures": ["thumbnails"],
};

/** @param {{latitude: number, longitude: number}} position */
const coordinates = ({ latitude, longitude }) => `${+latitude.toFixed(5)}, ${+longitude.toFixed(5)}`;

/** Return "on 3 May 2024 at 14:02" for EXIF's "2024:05:03 14:02:00". @param {string} text */
function spoken(text) {
  const found = /^(\d{4})[:-](\d\d)[:-](\d\d)(?:[ T](\d\d:\d\d))?/.exec(text);
  if (!found) return `at ${text}`;
  const [, year, month, day, time] = found;
  const name = new Date(Date.UTC(2000, +month - 1)).toLocaleString("en", { month: "long", timeZone: "UTC" });
  return `on ${+day} ${name} ${year}${time ? ` at ${time}` : ""}`;
}

/** Say what a photo tells, in one sentence. @param {any} found */
export function headline({ findings, details }) {
  const times = details?.times || [];
  const taken = times.find((/** @type {any} */ each) => /original/i.test(each.name)) || times[0];
  const model = (details?.camera || []).find((/** @type {any} */ each) => each.name === "Model")?.value;
  const parts = [];
  if (details?.position) parts.push(`where it was taken: ${coordinates(details.position)}`);
  if (taken) parts.push(`${parts.length ? "" : "when it was taken: "}${spoken(taken.value)}`);
  if (model) parts.push(`${parts.length ? "" : "what took it: "}by ${/^[AEIOaeio]/.test(model) ? "an" : "a"} ${model}`);
  if (parts.length) return `This photo tells ${parts.join(", ")}.`;
  const left = findings.filter((/** @type {any} */ each) => !each.allowed).length;
  return left ? "This photo tells no place, no time and no camera, but it carries other metadata." : "This photo gives nothing away.";
}

/** Return "Instance ID" for "xmpMM:History/stEvt:instanceID": the whole path says nothing to a person. @param {string} name */
const label = (name) => capital((name.split(/[:/]/).pop() || name).replace(/([a-z])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, "$& "));

/** Say the same thing once: files hold many values two or three times. @param {{member: string, item: any}[]} items */
const distinct = (items) => [...new Map(items.map((each) => [
  `${each.item.name && label(each.item.name)} ${each.item.value ?? each.item.data_uri ?? coordinates(each.item)}`, each,
])).values()];

/** @param {{found: any, isRemoved: boolean}} props */
export function Findings({ found, isRemoved }) {
  const details = found.details || {};
  const groups = Object.entries(GROUPS).map(([name, members]) => ({
    name, items: distinct(members.flatMap((member) => [details[member] || []].flat().map((item) => ({ member, item })))),
  }));
  return html`<div class="groups">${groups.filter((group) => group.items.length).map((group) => html`<section key=${group.name}>
      <h3>${group.name}</h3><ul>${group.items.map((each) => html`<li><${Item} ...${each} isRemoved=${isRemoved} /></li>`)}</ul></section>`)}</div>
    ${details.complete === false && html`<p class="hint">There is more than fits here.</p>`}
    ${found.findings.length > 0 && html`<details><summary>Everything that was found</summary><ul>${found.findings.map((/** @type {any} */ each) =>
      html`<li>${each.summary}, ${size(each.size)} <span class="hint">${each.allowed ? "may stay: the picture needs it" : each.where}</span></li>`)}</ul></details>`}`;
}

/** @param {{member: string, item: any, isRemoved: boolean}} props */
function Item({ member, item, isRemoved }) {
  if (member === "thumbnails") return html`<${HiddenPicture} data=${item.data_uri} isRemoved=${isRemoved} />`;
  const isPlace = item.latitude !== undefined;
  // EXIF writes the date with colons, too.
  const text = isPlace ? coordinates(item) : String(item.value).replace(/^(\d{4}):(\d\d):/, "$1-$2-");
  const extra = isPlace && typeof item.altitude === "number" ? `, ${Math.round(item.altitude)} m high` : "";
  return html`<span class="name">${isPlace ? "Position" : label(item.name)}</span>
    ${isRemoved ? html`<del><bdi>${text + extra}</bdi><span class="hidden"> (removed)</span></del>` : html`<bdi>${text + extra}</bdi>`}
    ${isPlace && !isRemoved && html` <a href=${`geo:${item.latitude},${item.longitude}`}>Show on a map</a>`}`;
}

/** A data URI is turned into a blob: the page's policy allows no data URIs. @param {{data: string, isRemoved: boolean}} props */
function HiddenPicture({ data, isRemoved }) {
  const [url, set] = useState("");
  useEffect(() => {
    const [head, body] = data.split(",");
    const type = /^data:(image\/(?:jpeg|png|webp));base64$/.exec(head)?.[1];
    if (!type || !body) return undefined;
    const made = URL.createObjectURL(new Blob([Uint8Array.from(atob(body), (each) => each.charCodeAt(0))], { type }));
    set(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  if (isRemoved) return html`<del>A small picture<span class="hidden"> (removed)</span></del>`;
  return url ? html`<img src=${url} alt="A small picture inside the file" />` : html`A small picture`;
}
