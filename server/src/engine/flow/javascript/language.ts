import type { Machine } from "../machine";

/** Whether a file is JavaScript or TypeScript. */
export function isScript(m: Machine, uri: string): boolean {
  const { lastScript } = m;
  if (lastScript?.uri === uri) return lastScript.answer;
  const answer = m.project.files.get(uri)?.language === "typescript";
  m.lastScript = { uri, answer };
  return answer;
}

/** Whether the code that runs now is. */
export function runsScript(m: Machine): boolean {
  return isScript(m, m.uri);
}

/** Names that JavaScript has everywhere; other values of the host are looked up as `js.<name>` too. */
const GLOBALS = new Set([
  "Array", "Object", "Promise", "Map", "Set", "WeakMap", "WeakSet", "JSON", "Math", "Number", "String", "Boolean", "Symbol", "Date", "BigInt", "RegExp", "Error", "console", "process",
  "globalThis", "global", "window", "parseInt", "parseFloat", "isNaN", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "clearTimeout", "clearInterval", "fetch", "structuredClone",
  "encodeURIComponent", "decodeURIComponent", "Buffer", "URL", "URLSearchParams", "Response", "Request", "Headers", "AbortController", "Intl", "Reflect", "Proxy", "Iterator", "require", "import", "crypto",
]);

export function isGlobal(name: string): boolean {
  return GLOBALS.has(name);
}
