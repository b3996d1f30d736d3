// @ts-check
/** Deletes with 8 seconds of undo. The request is sent after that, or when the page is left. */
import { address, call, credentials } from "./api.js";
import { html } from "./preact.js";
import { Store, useStore } from "./store.js";

const UNDO_SECONDS = 8;

/** @typedef {{id: string, name: string, timer: number, back: () => void}} Pending */
/** @type {Store<Pending[]>} */
const pending = new Store(/** @type {Pending[]} */ ([]));

/** @param {string} id */
const drop = (id) => pending.set(pending.value.filter((each) => each.id !== id));

/** Delete a record soon. `back` shows it again. @param {any} record @param {string} name @param {() => void} back */
export function deleteLater(record, name, back) {
  const timer = setTimeout(async () => {
    drop(record.id);
    try {
      await call("DELETE", `images/${record.id}`);
    } catch (problem) {
      // What is gone already is what was wanted.
      if (/** @type {import("./api.js").Problem} */ (problem).status !== 404) back();
    }
  }, UNDO_SECONDS * 1000);
  pending.set([...pending.value, { id: record.id, name, timer, back }]);
}

/** @param {Pending} each */
function undo(each) {
  clearTimeout(each.timer);
  drop(each.id);
  each.back();
}

export function Undo() {
  const deleted = useStore(pending);
  return html`<div class="undo" role="status">${deleted.map((each) => html`<p key=${each.id}>
    Deleted <bdi>${each.name || each.id.slice(0, 8)}</bdi>. <button type="button" onClick=${() => undo(each)}>Undo</button></p>`)}</div>`;
}

addEventListener("pagehide", () => {
  for (const each of pending.value) {
    clearTimeout(each.timer);
    void fetch(address(`images/${each.id}`), { method: "DELETE", headers: credentials(), keepalive: true });
  }
});
