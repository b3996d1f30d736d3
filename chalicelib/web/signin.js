// @ts-check
/** Asks for a key or a token once. It stays in the memory of this tab. */
import { access, config, signIn } from "./api.js";
import * as commands from "./commands.js";
import { Copy } from "./copy.js";
import { html, useState } from "./preact.js";

/** @param {{asking: string}} props */
export function SignIn({ asking }) {
  if (config.auth === "iam") return html`<${Signed} />`;
  const [value, set] = useState("");
  const hasLogin = config.login_url && crypto.subtle; // a page that came by HTTP has no SHA-256
  const word = config.auth === "api_key" ? "API key" : "token";
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (value.trim()) signIn(value.trim());
  };
  return html`<section class="signin" aria-label="Sign in"><h1>${asking === "again" ? `The ${word} is not valid any more` : `This stage asks for ${word === "token" ? "a token" : "an API key"}`}</h1>
    ${asking === "again" && html`<p>Your photos stay. The work goes on when you have signed in.</p>`}
    ${access.value.why && html`<p class="problem" role="alert">${access.value.why}</p>`}
    ${hasLogin && html`<p><button type="button" class="primary" onClick=${login}>Sign in</button></p>`}
    <form onSubmit=${submit}><label class="field">${word === "token" ? "ID token" : "API key"}
      <input type="password" autocomplete="off" value=${value} onInput=${(/** @type {any} */ event) => set(event.target.value)} /></label>
      <button type="submit" class=${hasLogin ? "" : "primary"}>Use this ${word}</button></form>
    <p class="hint">${word === "token" && !crypto.subtle && "This page came by HTTP, so you cannot sign in here: paste a token. "}It stays in the memory of this tab. A reload asks again.</p></section>`;
}

async function login() {
  const { goToLogin } = await import("./pkce.js");
  await goToLogin();
}

function Signed() {
  const command = commands.curl("photo.jpg", {});
  return html`<section class="signin" aria-label="Sign in"><h1>A page cannot sign requests</h1>
    <p>Callers of this stage sign with AWS Signature Version 4 (AUTH=iam), and a page must not hold AWS keys. This command does it:</p>
    <pre tabindex="0"><code>${command}</code></pre><${Copy} text=${command}>Copy the command<//></section>`;
}
