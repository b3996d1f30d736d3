// @ts-check
/** Deletes with 8 seconds of undo. The request is sent after that, or when the page is left. */
import { address, call, credentials } from "./api.js";
import { html, render } from "./preact.js";
import { Store, useStore } from "./store.js";

const UNDO_SECONDS = 8;

/** @typedef {{id: string, name: string, timer: number, back: () => void, why?: string}} Pending */
/** @type {Store<Pending[]>} */
const pending = new Store(/** @type {Pending[]} */ ([]));

/** @param {string} id */
const drop = (id) => pending.set(pending.value.filter((each) => each.id !== id));

/** Delete a record soon. `back` shows it again. @param {any} record @param {string} name @param {() => void} back */
export function deleteLater({ id }, name, back) {
  const timer = setTimeout(async () => {
    drop(id);
    try {
      await call("DELETE", `images/${id}`);
    } catch (thrown) {
      const { status, title, detail } = /** @type {import("./api.js").Problem} */ (thrown);
      if (status === 404) return; // what is gone already is what was wanted
      back();
      pending.set([...pending.value, { id, name, timer, back: () => undefined, why: `${title}. ${detail}` }]);
    }
  }, UNDO_SECONDS * 1000);
  pending.set([...pending.value, { id, name, timer, back }]);
}

/** @param {Pending} each */
function undo(each) {
  clearTimeout(each.timer);
  drop(each.id);
  each.back();
}

function Undo() {
  const deleted = useStore(pending);
  return html`<div class="undo" role="status">${deleted.map((each) => html`<p key=${each.id}>
    ${each.why ? "Not deleted" : "Deleted"} <bdi>${each.name || each.id.slice(0, 8)}</bdi>. ${each.why}
    <button type="button" onClick=${() => undo(each)}>${each.why ? "Close" : "Undo"}</button></p>`)}</div>`;
}

render(html`<${Undo} />`, document.body.appendChild(document.createElement("div")));

addEventListener("pagehide", () => {
  for (const each of pending.value.filter(({ why }) => !why)) {
    clearTimeout(each.timer);
    void fetch(address(`images/${each.id}`), { method: "DELETE", headers: credentials(), keepalive: true });
  }
});
