// @ts-check
/** Keeps photos, options and keys in IndexedDB, so that a reload loses nothing. */

const NAMES = "darkroom.names";
/** @type {Promise<IDBDatabase> | undefined} */
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("darkroom", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("photos", { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/** @template T @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} use @returns {Promise<T>} */
async function use(mode, use) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction("photos", mode);
    const request = use(transaction.objectStore("photos"));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

/** Keep a photo. If the browser refuses, its name is kept, so that the page can say it. @param {any} photo */
export async function keep(photo) {
  try {
    await use("readwrite", (store) => store.put(photo));
  } catch {
    if (photo.file) rememberName(photo.name);
  }
}

/** @param {string} id */
export async function forget(id) {
  try {
    await use("readwrite", (store) => store.delete(id));
  } catch {
    return; // a browser that refuses to keep has nothing to forget
  }
}

/** Return what was kept, and the names of photos that the browser refused to keep. */
export async function kept() {
  const missing = names();
  forgetNames();
  try {
    return { photos: await use("readonly", (store) => store.getAll()), missing };
  } catch {
    return { photos: [], missing };
  }
}

/** @returns {string[]} */
function names() {
  try {
    return JSON.parse(sessionStorage.getItem(NAMES) || "[]");
  } catch {
    return [];
  }
}

/** @param {string} name */
function rememberName(name) {
  try {
    sessionStorage.setItem(NAMES, JSON.stringify([...new Set([...names(), name])]));
  } catch {
    return; // this browser keeps nothing at all
  }
}

export function forgetNames() {
  try {
    sessionStorage.removeItem(NAMES);
  } catch {
    return; // this browser keeps nothing at all
  }
}
