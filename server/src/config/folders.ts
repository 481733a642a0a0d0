/** The folder that a file lies in. */
export function folderOf(uri: string): string {
  return uri.slice(0, uri.lastIndexOf("/"));
}

/** The path from a folder down to a file, decoded; undefined for a file that is elsewhere. */
export function pathFrom(folder: string, uri: string): string | undefined {
  return uri.startsWith(`${folder}/`) ? decodeURIComponent(uri.slice(folder.length + 1)) : undefined;
}

/** A path as somebody wrote it, from a folder, as a URI. */
export function resolveFrom(folder: string, path: string): string {
  const segments = folder.split("/");
  for (const segment of path.replace(/\\/g, "/").split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "." && segment !== "") segments.push(encodeURIComponent(segment));
  }
  return segments.join("/");
}
