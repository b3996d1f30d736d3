// @ts-check
/** A value that components watch. */
import { useEffect, useLayoutEffect, useState } from "./preact.js";

/** @template T */
export class Store {
  /** @param {T} value */
  constructor(value) {
    this.value = value;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** Replace the value and tell everybody who watches. @param {T} value */
  set(value) {
    this.value = value;
    for (const listener of [...this.listeners]) listener();
  }
}

/** Return a store's value, and draw the component again when it changes. @template T @param {Store<T>} store */
export function useStore(store) {
  const [, draw] = useState(0);
  useLayoutEffect(() => {
    const listener = () => draw((times) => times + 1);
    store.listeners.add(listener);
    return () => void store.listeners.delete(listener);
  }, [store]);
  return store.value;
}

/** Return a random text of 32 hexadecimal digits. crypto.randomUUID would need HTTPS. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
}

/** Wait. @param {number} seconds @returns {Promise<void>} */
export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * Return a module that is loaded when it is needed, and null until it is there.
 * @template T @param {false | null | undefined | (() => Promise<T>)} load @returns {T | null}
 */
export function useModule(load) {
  const [module, set] = useState(/** @type {{loaded: T} | null} */ (null));
  useEffect(() => {
    if (load && !module) void load().then((loaded) => set({ loaded }));
  }, [!load]);
  return module && module.loaded;
}
