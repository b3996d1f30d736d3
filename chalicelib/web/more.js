// @ts-check
/** The tab "More": the dogs with their alerts, the API, the version. */
import { address, call, config } from "./api.js";
import { html, useEffect, useState } from "./preact.js";

export function More() {
  const [dogs, show] = useState(/** @type {any[] | null} */ (null));
  const [problem, say] = useState("");
  useEffect(() => {
    call("GET", "dogs").then(({ body }) => show(body.items), (thrown) => say(`${thrown.title}. ${thrown.detail}`));
  }, []);
  return html`<h1>More</h1>
    <section class="more" aria-label="Dogs"><h2>Dogs</h2><p>A workflow fetches a dog picture on a schedule, and raises an alert if it is a PNG.</p>
      <p role="status">${problem || (dogs ? "" : "Loading …")}</p>
      ${dogs && !dogs.length && html`<p class="notice">No dog yet.</p>`}
      ${dogs && dogs.length > 0 && html`<${Table} rows=${dogs} />`}</section>
    <section class="more" aria-label="API"><h2>API</h2><p>Everything on this page comes from the API: <a href=${address("openapi.json")}>its description</a>, <a href=${address("health")}>its health</a>.</p></section>
    <section class="more" aria-label="Version"><h2>Version</h2><p>Darkroom ${config.version}, stage ${config.stage}.</p></section>`;
}

/** @param {{rows: any[]}} props */
function Table({ rows }) {
  const names = Object.keys(rows[0]);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Dogs, table"><table><thead><tr>${names.map((name) => html`<th scope="col">${name.replaceAll("_", " ")}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${names.map((name) => html`<td>${String(row[name] ?? "")}</td>`)}</tr>`)}</tbody></table></div>`;
}
