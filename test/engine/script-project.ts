import { languageOf } from "../../server/src/engine/languages";
import type { FileFacts } from "../../server/src/engine/facts";
import { scriptProjectAdapter } from "../../server/src/engine/orms/script/entries";
import { linkProject, type LinkedProject } from "../../server/src/engine/project";
import { loadParsers } from "../harness/parsers";
import { root, uriOf } from "../harness/project";

/** A linked project of scripts by path; other files are its resources. */
export async function linkScripts(files: Readonly<Record<string, string>>, previous?: LinkedProject): Promise<LinkedProject> {
  const parsers = await loadParsers();
  const facts = new Map<string, FileFacts>();
  const resources = new Map<string, string>();
  for (const [path, text] of Object.entries(files)) {
    const frontEnd = languageOf(path, text);
    if (frontEnd) facts.set(uriOf(path), previous?.files.get(uriOf(path)) ?? frontEnd.lower(text, uriOf(path), parsers));
    else resources.set(uriOf(path), text);
  }
  return linkProject({ files: facts, folders: [root], adapters: [scriptProjectAdapter], resources });
}

/** The key of the function of this name in a file: of a closure, the one whose text starts with `from`. */
export function keyOf(project: LinkedProject, path: string, name: string): string {
  const uri = uriOf(path);
  if (!name.startsWith("%")) return `${uri}#${name}`;
  const closures = project.files.get(uri)?.closures ?? [];
  const found = closures.find((each) => each.id === name || each.name === name.slice(1));
  return `${uri}#${found?.id ?? name}`;
}

/** `GET /orders` for every address that reaches a function. */
export function routesOf(project: LinkedProject, path: string, name: string): string[] {
  return project.routesOf(keyOf(project, path, name)).map(({ methods, path: address }) => [methods.join("|"), address].filter(Boolean).join(" "));
}

export function entryOf(project: LinkedProject, path: string, name: string): string {
  return project.entryOf(keyOf(project, path, name));
}
