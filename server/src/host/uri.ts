/** How paths are written on the machine: `/a/b` or `C:\a\b`. A parameter, so that both are tested everywhere. */
export type PathStyle = "posix" | "windows";

/** The URI of an absolute path, spelt as VS Code spells it: lower-case drive letter, everything but unreserved characters escaped. */
export function pathToUri(path: string, style: PathStyle): string {
  if (style === "posix") return "file://" + encodePath(path);
  const plain = path.replace(/\\/g, "/").replace(/^\/\/[?.]\/UNC\//i, "//").replace(/^\/\/[?.]\//, "");
  const share = /^\/\/([^/]+)(\/.*)?$/.exec(plain);
  if (share) return "file://" + encodeSegment(share[1].toLowerCase()) + encodePath(share[2] ?? "/");
  return "file://" + encodePath("/" + plain.charAt(0).toLowerCase() + plain.slice(1));
}

/** The path of a `file:` URI; undefined for any other scheme. */
export function uriToPath(uri: string, style: PathStyle): string | undefined {
  const parts = fileUri(uri);
  if (!parts) return undefined;
  if (style === "posix") return parts.path;
  const path = parts.path.replace(/\//g, "\\");
  if (parts.authority) return `\\\\${parts.authority}${path}`;
  return /^\\[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

/** One spelling for each file, however the client wrote it: `file:///C:/a b` and `file:///c%3A/a%20b` are the same. */
export function canonicalUri(uri: string): string {
  const parts = fileUri(uri);
  if (!parts) return uri;
  const path = parts.path.replace(/^\/([A-Z]):/, (_, drive: string) => `/${drive.toLowerCase()}:`);
  return "file://" + encodeSegment(parts.authority) + encodePath(path);
}

/** A folder's canonical URI, without a slash at its end. */
export function canonicalFolder(uri: string): string {
  return canonicalUri(uri).replace(/(?<=[^/:])\/+$/, "");
}

/** Whether `uri` is `folder` itself or lies anywhere below it. */
export function isInside(uri: string, folder: string): boolean {
  return uri === folder || uri.startsWith(folder.endsWith("/") ? folder : folder + "/");
}

/** The last segment of a URI, decoded. */
export function baseName(uri: string): string {
  return decode(uri.slice(uri.lastIndexOf("/") + 1));
}

/** The path from a folder to a file with forward slashes; the absolute path when they share no root. */
export function relativePath(folder: string, uri: string): string {
  const from = fileUri(folder);
  const to = fileUri(uri);
  if (!from || !to) return uri;
  const a = from.path.split("/").filter(Boolean);
  const b = to.path.split("/").filter(Boolean);
  const isDrive = (segment: string | undefined) => segment !== undefined && /^[a-z]:$/i.test(segment);
  if (from.authority !== to.authority || ((isDrive(a[0]) || isDrive(b[0])) && a[0] !== b[0])) {
    if (to.authority) return `//${to.authority}${to.path}`;
    return isDrive(b[0]) ? b.join("/") : to.path;
  }
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return [...a.slice(shared).map(() => ".."), ...b.slice(shared)].join("/") || ".";
}

function fileUri(uri: string): { readonly authority: string; readonly path: string } | undefined {
  const match = /^file:\/\/([^/]*)([^?#]*)/i.exec(uri);
  return match ? { authority: decode(match[1]).toLowerCase(), path: decode(match[2]) || "/" } : undefined;
}

function encodePath(path: string): string {
  return path.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  // A lone surrogate (a name that is not valid UTF-16 on Windows) cannot be escaped.
  return encodeURIComponent(segment.replace(/\p{Surrogate}/gu, "\ufffd")).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
}

/** Percent-decoding that leaves malformed sequences as they are. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
      try {
        return decodeURIComponent(run);
      } catch (inner) {
        if (!(inner instanceof URIError)) throw inner;
        return run;
      }
    });
  }
}
