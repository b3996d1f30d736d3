// @ts-check
/** Signs in on Cognito's login page, by the authorization code flow with PKCE (RFC 7636). */
import { access, config, signIn } from "./api.js";

const VERIFIER = "darkroom.verifier", STATE = "darkroom.state", BACK = "darkroom.back";

/** @param {Uint8Array} bytes */
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

/** The address to which the login page sends the browser back. */
const here = () => `${location.origin}${location.pathname}`;

export async function goToLogin() {
  const [verifier, state] = [32, 16].map((length) => base64url(crypto.getRandomValues(new Uint8Array(length))));
  sessionStorage.setItem(VERIFIER, verifier);
  sessionStorage.setItem(STATE, state);
  sessionStorage.setItem(BACK, location.search + location.hash); // the options and the tab
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  location.assign(`${config.login_url}/oauth2/authorize?${new URLSearchParams({
    response_type: "code", client_id: config.client_id, redirect_uri: here(), scope: "openid email", state,
    code_challenge: base64url(new Uint8Array(digest)), code_challenge_method: "S256",
  })}`);
}

/** Take the code that the login page has put into the address, and sign in with the token for it. */
export async function comeBack() {
  const query = new URLSearchParams(location.search);
  const [verifier, state, back] = [VERIFIER, STATE, BACK].map((name) => sessionStorage.getItem(name));
  if (!verifier || query.get("state") !== state) return;
  for (const name of [VERIFIER, STATE, BACK]) sessionStorage.removeItem(name);
  history.replaceState(null, "", location.pathname + back);
  const token = await fetchToken(query.get("code") || "", verifier).catch(() => "");
  if (token) signIn(token);
  else access.set({ ...access.value, why: `The login page gave no token. ${query.get("error_description") || ""}` });
}

/** @param {string} code @param {string} verifier */
async function fetchToken(code, verifier) {
  const response = await fetch(`${config.login_url}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code", client_id: config.client_id, redirect_uri: here(), code, code_verifier: verifier,
    }),
  });
  return response.ok && (await response.json()).id_token;
}
