const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** The text between the quotes of a string. */
export function decode(raw: string): string {
  return raw.replace(/\\([\s\S])/g, (all, character: string) => ESCAPES[character] ?? (/["'\\]/.test(character) ? character : all));
}
