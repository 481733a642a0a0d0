/** What a `tsconfig.json` or `package.json` holds: JSON that may have comments and trailing commas; undefined when it cannot be read. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not plain JSON: with comments and commas taken out it may be.
  }
  try {
    return JSON.parse(withoutTrailingCommas(withoutComments(text.replace(/^\uFEFF/, ""))));
  } catch {
    return undefined;
  }
}

/** Texts in quotes, line comments and block comments, whichever comes first. */
const TOKENS = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const COMMAS = /"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g;

function withoutComments(text: string): string {
  return text.replace(TOKENS, (token) => (token.startsWith('"') ? token : " "));
}

function withoutTrailingCommas(text: string): string {
  return text.replace(COMMAS, (token) => (token.startsWith('"') ? token : ""));
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
