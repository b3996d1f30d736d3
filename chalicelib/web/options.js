// @ts-check
/** The options of a recipe, and the address of the page, which holds them. Names and values are the API's. */
import { config } from "./api.js";
import { Store } from "./store.js";

/** What each preset makes, in words. */
export const PRESETS = {
  default: "grey, 800 px, PNG",
  thumbnail: "300 px square",
  web: "1600 px, WebP",
  print: "4000 px, JPEG",
};

/** The options that are chosen now. @type {Store<Record<string, string>>} */
export const recipe = new Store(/** @type {Record<string, string>} */ ({}));

/** Choose the options of the page's address; other parameters are not the page's. */
export const readAddress = () => recipe.set(Object.fromEntries([...new URLSearchParams(location.search)]
  .filter(([name, value]) => Object.hasOwn(config.options, name) && value)));

/** Set an option, or remove it if the value is empty. @param {string} name @param {string} value */
export function choose(name, value) {
  const { [name]: _, ...others } = recipe.value;
  // A focus point takes the place of a position, and the reverse.
  if (name === "focus") delete others.gravity;
  if (name === "gravity") delete others.focus;
  recipe.set(value ? { ...others, [name]: value } : others);
  const search = new URLSearchParams(recipe.value).toString();
  history.replaceState(null, "", `${search ? `?${search}` : location.pathname}${location.hash}`);
}

/** Return the options to send. A focus point counts with `cover` alone; one position serves crop and watermark. */
export function chosen() {
  const { focus, ...others } = recipe.value;
  const { gravity, watermark } = others;
  if (watermark && gravity && gravity !== "auto") others.watermark_gravity ??= gravity;
  return focus && others.fit === "cover" ? { ...others, focus } : others;
}

/** Return the words of an option that has a fixed set of them. @param {string} name @returns {string[]} */
export const values = (name) => config.options[name].enum;
