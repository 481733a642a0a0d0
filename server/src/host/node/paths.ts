import { pathToUri, uriToPath, type PathStyle } from "../uri";

/** How this machine writes paths. */
export const STYLE: PathStyle = process.platform === "win32" ? "windows" : "posix";

/** The canonical URI of an absolute path on this machine. */
export function toUri(path: string): string {
  return pathToUri(path, STYLE);
}

/** The path on this machine; undefined when the URI does not name a file. */
export function toPath(uri: string): string | undefined {
  return uriToPath(uri, STYLE);
}
