// @ts-check
/** Takes photos from a drop, a folder, the clipboard, a file field, or our sample. */

/** Return the files of a drop, also those in folders. @param {DataTransfer} transfer @returns {Promise<File[]>} */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files];
  const found = await Promise.all(entries.map((entry) => (entry ? filesOf(entry) : [])));
  return found.flat().filter(isPicture);
}

/** @param {any} entry @returns {Promise<File[]>} */
async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const children = [];
  // A reader returns at most 100 entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    children.push(...some);
  }
  return (await Promise.all(children.map(filesOf))).flat();
}

/** A folder also holds other things; browsers name no type for HEIC. @param {File} file */
function isPicture(file) {
  return file.type.startsWith("image/") || /\.(heic|heif|avif|jpe?g|png|webp|gif|tiff?|bmp)$/i.test(file.name);
}

/** Return a file name as the API takes it: at most 255 characters, and none that controls a terminal or the text direction. @param {string} name */
export const nameToSend = (name) => [...name.replace(/[\p{Cc}\p{Cs}\p{Bidi_C}\ufffd]/gu, "_")].slice(0, 255).join("");

/** Return our sample, a photo with a place and a time in it. @returns {Promise<File>} */
export async function sample() {
  // API Gateway sends bytes as bytes only to a request whose first accepted type is one of them.
  const response = await fetch(new URL("sample.jpg", import.meta.url), { headers: { Accept: "image/jpeg" } });
  return new File([await response.blob()], "sample.jpg", { type: "image/jpeg" });
}

/** Call `take` with the photos of each drop and paste on the whole window. @param {(files: File[]) => void} take */
export function watchWindow(take) {
  const root = document.documentElement;
  const isOfFiles = (/** @type {DragEvent} */ event) => !!event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!isOfFiles(event)) return;
    event.preventDefault();
    root.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) root.classList.remove("dropping");
  });
  addEventListener("drop", async (event) => {
    if (!isOfFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    root.classList.remove("dropping");
    take(await dropped(event.dataTransfer));
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files || [])];
    if (files.length) take(files);
  });
}
