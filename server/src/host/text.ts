/** How a file's text was stored, so that it can be written back the same way. */
export interface Encoding {
  readonly byteOrderMark: boolean;
  /** As named by the file (PEP 263) or `utf-8`. */
  readonly charset: string;
  /** Some bytes could not be decoded: the text may be read but never written back. */
  readonly lossy: boolean;
}

export type Decoded =
  | { readonly kind: "text"; readonly text: string; readonly encoding: Encoding }
  | { readonly kind: "skipped"; readonly reason: string };

const UTF8: ReadonlySet<string> = new Set(["utf-8", "utf8", "utf_8", "utf-8-sig", "utf8-sig", "u8", "ascii", "us-ascii"]);

/** The text of a file as an editor shows it: without byte order mark, in the character set that the file names. */
export function decodeText(bytes: Uint8Array): Decoded {
  if (bytes.includes(0)) return { kind: "skipped", reason: "contains NUL bytes (binary, or UTF-16)" };
  const byteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const content = byteOrderMark ? bytes.subarray(3) : bytes;
  const named = byteOrderMark ? undefined : namedCharset(content);
  if (named) {
    const decoder = decoderFor(named);
    if (decoder) return { kind: "text", text: decoder.decode(content), encoding: { byteOrderMark, charset: named, lossy: true } };
  }
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(content);
  const lossy = text.includes("\ufffd") && !sameBytes(new TextEncoder().encode(text), content);
  return { kind: "text", text, encoding: { byteOrderMark, charset: "utf-8", lossy } };
}

/** The bytes of `text` in the encoding that the file had; undefined when that cannot be done without loss. */
export function encodeText(text: string, encoding: Encoding): Uint8Array | undefined {
  if (encoding.lossy) return undefined;
  const content = new TextEncoder().encode(text);
  if (!encoding.byteOrderMark) return content;
  const bytes = new Uint8Array(content.length + 3);
  bytes.set([0xef, 0xbb, 0xbf]);
  bytes.set(content, 3);
  return bytes;
}

/** The character set of a `coding:` comment in the first two lines (PEP 263), unless it is UTF-8. */
function namedCharset(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 400)).split(/\r\n|\r|\n/, 2);
  for (const line of head) {
    const match = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/.exec(line);
    if (match) {
      const name = match[1].toLowerCase();
      return UTF8.has(name) ? undefined : name;
    }
    if (!/^[ \t\f]*(#|$)/.test(line)) return undefined;
  }
  return undefined;
}

function decoderFor(charset: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(charset.replace(/_/g, "-"));
  } catch (error) {
    if (error instanceof RangeError) return undefined; // a name that only Python knows: read as UTF-8
    throw error;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
