// @ts-check
/** The frame of the page: tabs, the dot that says whether the service answers, signing in. */
import { access, address, answers, config, loadConfig } from "./api.js";
import { Develop } from "./develop.js";
import { watchWindow } from "./files.js";
import { readAddress } from "./options.js";
import { html, render, useEffect, useState } from "./preact.js";
import { add, restore } from "./queue.js";
import { useModule, useStore } from "./store.js";

const TABS = { develop: "Develop", scrub: "Scrub", library: "Library", more: "More" };
/** Seconds between two looks at the service. */
const LOOK = 15;
/** @type {Record<string, any>} */
const loaded = { develop: Develop };

const tabOfAddress = () => (location.hash.slice(1) in TABS ? location.hash.slice(1) : "develop");

/** Load a tab when it is opened: the first view stays small. @param {string} tab */
async function load(tab) {
  if (tab === "scrub") loaded.scrub = (await import("./scrub.js")).Scrub;
  if (tab === "library") loaded.library = (await import("./library.js")).Library;
  if (tab === "more") loaded.more = (await import("./more.js")).More;
}

function App() {
  const [tab, open] = useState(tabOfAddress);
  const [, draw] = useState(0);
  const { credential, asking } = useStore(access);
  useEffect(() => {
    const follow = () => open(tabOfAddress());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  useEffect(() => {
    document.title = `${TABS[/** @type {"scrub"} */ (tab)]} · Darkroom`;
    if (!loaded[tab]) void load(tab).then(() => draw((times) => times + 1));
  }, [tab]);
  const Tab = loaded[tab];
  const mustSign = !!asking || config.auth === "iam";
  const signing = useModule(mustSign && (() => import("./signin.js")));
  const isClosed = config.auth === "iam" || (asking === "first" && !credential);
  return html`<${Header} tab=${tab} />
    <main id="main" tabindex="-1">
      ${mustSign && signing && html`<${signing.SignIn} asking=${asking} />`}
      ${!isClosed && (Tab ? html`<${Tab} key=${tab} />` : html`<p class="hint">Loading …</p>`)}
    </main>`;
}

/** @param {{tab: string}} props */
function Header({ tab }) {
  const isUp = useStore(answers);
  const state = isUp === undefined ? "Asking the service" : isUp ? "The service answers" : "The service does not answer";
  return html`<header class="top"><a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <p class="brand">Darkroom</p>
    <nav aria-label="Tabs">${Object.entries(TABS).map(([name, word]) => html`<a href=${`#${name}`}
      aria-current=${tab === name ? "page" : undefined}>${word}</a>`)}</nav>
    <p class=${`dot ${isUp === undefined ? "" : isUp ? "up" : "down"}`}><i></i><span>${state}</span></p></header>`;
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault(); // the address keeps its tab
  document.getElementById("main")?.focus();
}

async function look() {
  const given = new AbortController(); // a service that hangs does not answer either
  const timer = setTimeout(() => given.abort(), LOOK * 1000);
  try {
    answers.set((await fetch(address("health"), { cache: "no-store", signal: given.signal })).ok);
  } catch {
    answers.set(false);
  }
  clearTimeout(timer);
}

await loadConfig();
if (config.login_url && location.search.includes("state=")) await (await import("./pkce.js")).comeBack();
readAddress();
render(html`<${App} />`, /** @type {Element} */ (document.getElementById("page")));
watchWindow((files) => dispatchEvent(new CustomEvent("darkroom:photos", { detail: files })));
addEventListener("darkroom:photos", (event) => {
  if (tabOfAddress() === "scrub" || access.value.asking) return; // the Scrub tab takes its own
  if (tabOfAddress() !== "develop") location.hash = "develop";
  void add(/** @type {CustomEvent} */ (event).detail);
});
void restore();
void look();
setInterval(look, LOOK * 1000);
addEventListener("online", look);
addEventListener("offline", () => answers.set(false));
