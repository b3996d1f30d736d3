// @ts-check
/** The same work as a command for curl, the AWS CLI or Python. */
import { address, config } from "./api.js";

/** Quote a text for a POSIX shell. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** A file name as an argument: a leading dash must not be taken for an option. @param {string} name */
const fileArgument = (name) => (name.startsWith("-") ? `./${name}` : name);

/** @param {string} name @param {Record<string, string>} options @param {string} [path] */
export function curl(name, options, path = "images") {
  const who = { api_key: ' -H "X-Api-Key: $API_KEY"', cognito: ' -H "Authorization: $TOKEN"' }[config.auth] || "";
  const signed = ' --aws-sigv4 "aws:amz:$AWS_DEFAULT_REGION:execute-api"'
    + ' --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "X-Amz-Security-Token: $AWS_SESSION_TOKEN"';
  const credentials = config.auth === "iam" ? signed : who;
  return `curl${credentials} -H 'Content-Type: application/octet-stream' `
    + `--data-binary @${quoted(name)} ${quoted(address(path, { ...options, filename: name }))}`;
}

/** S3 takes metadata in ASCII alone; the service reads the form of RFC 2047. @param {string} text */
const ascii = (text) => (/^[ -~]*$/.test(text) ? text
  : `=?UTF-8?B?${btoa(String.fromCharCode(...new TextEncoder().encode(text)))}?=`);

/** @param {string} name @param {Record<string, string>} options */
export function aws(name, options) {
  const endpoint = config.endpoint_url ? ` --endpoint-url ${config.endpoint_url}` : "";
  const written = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, ascii(value)]));
  const metadata = Object.keys(options).length ? ` --metadata ${quoted(JSON.stringify(written))}` : "";
  const target = `s3://${config.images_bucket}/uploads/${name}`;
  return `aws${endpoint} s3 cp ${quoted(fileArgument(name))} ${quoted(target)}${metadata}`;
}

/** @param {string} name @param {Record<string, string>} options */
export function python(name, options) {
  const header = { api_key: `, "X-Api-Key": os.environ["API_KEY"]`, cognito: `, "Authorization": os.environ["TOKEN"]` };
  return [
    "import json, os, pathlib, urllib.request",
    `photo = pathlib.Path(${JSON.stringify(name)}).read_bytes()`,
    `headers = {"Content-Type": "application/octet-stream"${header[/** @type {"api_key"} */ (config.auth)] || ""}}`,
    `url = ${JSON.stringify(address("images", { ...options, filename: name }))}`,
    "request = urllib.request.Request(url, photo, headers)",
    'print(json.load(urllib.request.urlopen(request))["links"]["processed"])',
  ].join("\n");
}
