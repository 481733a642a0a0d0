import { pathOfUri } from "../project";

/** The migration of each folder that has the highest number or date: the one that may not have run everywhere yet. */
export function newestMigrations(uris: Iterable<string>): ReadonlySet<string> {
  const newest = new Map<string, { readonly uri: string; readonly name: string }>();
  for (const uri of uris) {
    const match = /^(.*\/migrations)\/(\d{4}_\w+\.py|\d{8,}[-_.][^/]*\.[cm]?[jt]s)$/.exec(pathOfUri(uri));
    if (!match) continue;
    const [, folder, name] = match;
    const known = newest.get(folder);
    if (!known || known.name < name) newest.set(folder, { uri, name });
  }
  return new Set([...newest.values()].map(({ uri }) => uri));
}
