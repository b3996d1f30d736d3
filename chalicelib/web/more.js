// @ts-check
/** The tab "More": the dogs with their counts and alerts, the API, the version. */
import { address, call, config } from "./api.js";
import { html, useEffect, useState } from "./preact.js";
import { count, when } from "./words.js";

/** How many breeds are shown. */
const MOST = 10;

export function More() {
  const [dogs, show] = useState(/** @type {{items: any[], stats: any} | null} */ (null));
  const [problem, say] = useState("");
  useEffect(() => {
    Promise.all(["dogs", "dogs/stats"].map((path) => call("GET", path))).then(
      ([list, counts]) => show({ items: list.body.items, stats: counts.body }), (thrown) => say(`${thrown.title}. ${thrown.detail}`));
  }, []);
  return html`<h1>More</h1>
    <section class="more" aria-label="Dogs"><h2>Dogs</h2><p>A workflow fetches a dog picture on a schedule, and raises an alert if it is a PNG.</p>
      <p role="status">${problem || (dogs ? "" : "Loading …")}</p>
      ${dogs && html`<${Stats} stats=${dogs.stats} />`}
      ${dogs && (dogs.items.length ? html`<${Table} rows=${dogs.items} />` : html`<p class="notice">No dog yet.</p>`)}</section>
    <section class="more" aria-label="API"><h2>API</h2><p>Everything on this page comes from the API: <a href=${address("openapi.json")}>its description</a>, <a href=${address("health")}>its health</a>.</p></section>
    <section class="more" aria-label="Version"><h2>Version</h2><p>Darkroom ${config.version}, stage ${config.stage}.</p></section>`;
}

/** @param {{stats: any}} props */
function Stats({ stats }) {
  /** @type {Record<string, Array<[string, number, string?]>>} */
  const groups = {
    "By type": Object.entries(stats.types),
    "By breed": Object.entries(stats.breeds).slice(0, MOST),
    "By day": stats.days.map((/** @type {any} */ each) => [each.day, each.uploads, each.alerts && count(each.alerts, "alert")]).reverse(),
  };
  return html`<p><strong>${count(stats.uploads, "dog")}, ${count(stats.alerts, "alert")}</strong> since ${stats.since}</p>
    ${stats.uploads > 0 && html`<div class="groups">${Object.entries(groups).map(([name, rows]) => html`<section key=${name}><h3>${name}</h3>
      <ul>${rows.map(([word, number, alerts]) => html`<li key=${word}>${word}: ${number}${alerts ? `, ${alerts}` : ""}
        <meter max=${stats.uploads} value=${number} aria-hidden="true"></meter></li>`)}</ul></section>`)}</div>`}`;
}

/** @param {{rows: any[]}} props */
const Table = ({ rows }) => html`<div class="scroll" tabindex="0" role="region" aria-label="Dogs, table"><table>
    <thead><tr>${["Picture", "Time", "Type", "Alert"].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${rows.map((dog) => html`<tr key=${dog.image_name}><td>${dog.image_name}${dog.expired && ", deleted"}</td><td>${when(dog.upload_timestamp)}</td>
      <td>${dog.file_type}${dog.unexpected_type && ", unexpected"}</td><td>${dog.alert_id || (dog.alert_triggered && "yes")}</td></tr>`)}</tbody></table></div>`;
