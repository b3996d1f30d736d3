// Types of the vendored client-zip.js (2.5.1), as far as the page uses it.
export function downloadZip(files: AsyncIterable<{ name: string; input: Response }>): Response;
