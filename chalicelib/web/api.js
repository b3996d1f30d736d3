// @ts-check
/** Calls the API: addresses, credentials, problems. Everything the page shows comes through here. */
import { Store } from "./store.js";

/**
 * @typedef {{api: string, version: string, stage: string, auth: string, login_url: string, client_id: string,
 *   body_bytes: number, object_bytes: number, link_seconds: number, images_bucket: string, landing_bucket: string,
 *   endpoint_url: string | null, options: Record<string, any>}} Config
 * @typedef {{status: number, title: string, detail: string, code: string, requestId: string, retryAfter: number,
 *   limit?: number, actual?: number}} Problem
 * @typedef {{query?: Record<string, string>, body?: Blob | string | FormData | null, type?: string, key?: string,
 *   onProgress?: (percent: number) => void, onStart?: (abort: () => void) => void}} Options
 * @typedef {{status: number, body: any}} Answer
 */

/** @type {Config} */
export let config;
/** Who calls: a key or a token, and why the page asks for one. It stays in the memory of this tab. */
export const access = new Store({ credential: "", asking: "", why: "" });
/** Whether the service answers: undefined until it is known. @type {Store<boolean | undefined>} */
export const answers = new Store(/** @type {boolean | undefined} */ (undefined));
/** @type {Array<() => void>} */
let waiting = [];

/** Read config.json, which stands beside the page's files. */
export async function loadConfig() {
  const response = await fetch(new URL("config.json", import.meta.url));
  config = await response.json();
  config.api = new URL(config.api, location.href).href;
  if (needsCredential()) access.set({ credential: "", asking: "first", why: "" });
}

/** Return whether callers of this stage need a key or a token. */
export const needsCredential = () => config.auth === "cognito" || config.auth === "api_key";

/** Take a key or a token, and go on with the calls that waited for one. @param {string} credential */
export function signIn(credential) {
  access.set({ credential, asking: "", why: "" });
  for (const resume of waiting.splice(0)) resume();
}

/** Return the headers that say who calls. @returns {Record<string, string>} */
export function credentials() {
  if (!access.value.credential) return {};
  return { [config.auth === "api_key" ? "X-Api-Key" : "Authorization"]: access.value.credential };
}

/** Return an address of the API. @param {string} path @param {Record<string, string>} [query] */
export function address(path, query = {}) {
  const search = new URLSearchParams(query).toString();
  return config.api + path + (search ? `?${search}` : "");
}

/**
 * Call the API and return its answer. Throws a Problem. Without a valid credential it asks for one and waits.
 * @param {string} method @param {string} path @param {Options} [options] @returns {Promise<Answer>}
 */
export async function call(method, path, options = {}) {
  for (;;) {
    const sent = access.value.credential;
    const answer = await send(method, address(path, options.query), options, credentials());
    if (answer.status < 400) return answer;
    // API Gateway answers 403 to a missing or unknown key, and 401 to a token.
    const refused = answer.status === 401 || (answer.status === 403 && config.auth === "api_key");
    if (!refused || !needsCredential()) throw toProblem(answer);
    if (sent === access.value.credential) access.set({ credential: "", asking: sent ? "again" : "first", why: "" });
    if (access.value.asking) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
  }
}

/**
 * Post a form to S3, with the file last. Throws a Problem.
 * @param {string} url @param {Record<string, string>} fields @param {Blob} file @param {Options} options
 */
export async function postForm(url, fields, file, options) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  const answer = await send("POST", url, { ...options, body: form }, {});
  if (answer.status >= 400) throw toProblem(answer);
}

/** @param {Answer & {requestId: string, retryAfter: number}} answer @returns {Problem} */
function toProblem(answer) {
  const body = typeof answer.body === "object" && answer.body ? answer.body : {};
  return {
    status: answer.status,
    title: body.title || "The service refused",
    detail: body.detail || `It answered ${answer.status}.`,
    code: body.code || "refused",
    requestId: body.request_id || answer.requestId,
    retryAfter: answer.retryAfter,
    limit: body.limit,
    actual: body.actual,
  };
}

/** The problem of a request that no answer came to. @type {Problem} */
const NO_ANSWER = {
  status: 0, title: "No connection", detail: "No answer came.", code: "no_connection", requestId: "", retryAfter: 0,
};

/** The problem of a file that has changed or is gone since it was chosen: browsers report it as a lost connection. @type {Problem} */
const FILE_GONE = {
  ...NO_ANSWER, status: 400, title: "This file cannot be read any more", code: "file_unreadable",
  detail: "It has been changed, moved or deleted since it was chosen. Remove it here, and choose it again.",
};

/** Return whether the file of a body can still be read. @param {Options["body"]} body */
async function isReadable(body) {
  const file = body instanceof FormData ? body.get("file") : body;
  if (!(file instanceof Blob)) return true;
  return file.slice(0, 1).arrayBuffer().then(() => true, () => false);
}

/**
 * Send one request. XMLHttpRequest tells how much of the body is sent; fetch() does not.
 * @param {string} method @param {string} url @param {Options} options @param {Record<string, string>} headers
 * @returns {Promise<Answer & {requestId: string, retryAfter: number}>}
 */
function send(method, url, options, headers) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    /** @type {Record<string, string>} */
    const named = { ...headers, ...(options.type && { "Content-Type": options.type }) };
    if (options.key) named["Idempotency-Key"] = options.key;
    for (const [name, value] of Object.entries(named)) request.setRequestHeader(name, value);
    if (options.onProgress) listen(request, options.onProgress);
    request.onload = () => {
      answers.set(true);
      resolve(read(request));
    };
    request.onerror = async () => {
      if (!(await isReadable(options.body))) return reject(FILE_GONE);
      answers.set(false);
      return reject(NO_ANSWER);
    };
    request.onabort = () => reject({ ...NO_ANSWER, code: "stopped" });
    options.onStart?.(() => request.abort());
    request.send(options.body ?? null);
  });
}

/** @param {XMLHttpRequest} request @param {(percent: number) => void} onProgress */
function listen(request, onProgress) {
  request.upload.onprogress = (event) => onProgress(Math.round((100 * event.loaded) / event.total));
  request.upload.onload = () => onProgress(100);
}

/** @param {XMLHttpRequest} request */
function read(request) {
  const kind = request.getResponseHeader("Content-Type") || "";
  let body = request.responseText;
  try {
    if (kind.includes("json")) body = JSON.parse(body);
  } catch {
    body = ""; // the answer was cut off; its status still counts
  }
  // S3 exposes few headers to pages; asking for another one writes an error into the console.
  const shown = new Map(request.getAllResponseHeaders().toLowerCase().split("\r\n").map((line) => {
    const [name, ...value] = line.split(": ");
    return [name, value.join(": ")];
  }));
  const retryAfter = Number(shown.get("retry-after")) || 0;
  return { status: request.status, body, requestId: shown.get("x-request-id") || "", retryAfter };
}
