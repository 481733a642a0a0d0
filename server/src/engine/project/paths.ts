/** The folder of a path; "" for the topmost. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** `../lib/./db` seen from `/shop/src`: `/shop/lib/db`; an absolute path stays what it is. */
export function joinPath(folder: string, path: string): string {
  const segments = path.startsWith("/") ? [] : folder.split("/").filter(Boolean);
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return `/${segments.join("/")}`;
}

/** A folder and those above it, the nearest first. */
export function* foldersAbove(folder: string): Generator<string> {
  for (let each = folder; each; each = folderOf(each)) yield each;
  yield "";
}
