import type { Argument, Call, Expression, FileFacts } from "../facts";

/** What code that is being imported does to Python's search path: each folder as it is written, with the file that adds it. */
export interface AddedFolder {
  readonly uri: string;
  /** What is known of the folder's path: the texts in it, joined. */
  readonly path: string;
}

/** Folders that modules add to Python's search path: `sys.path.insert(0, os.path.join(ROOT, "apps"))`, `site.addsitedir("lib")`. */
export function addedFolders(files: ReadonlyMap<string, FileFacts>): readonly AddedFolder[] {
  const found: AddedFolder[] = [];
  for (const [uri, { declares }] of files) {
    for (const call of declares.calls ?? []) {
      const argument = folderArgument(call);
      const path = argument && textsOf(argument).flatMap((text) => text.split("/")).filter((part) => part !== "" && part !== "." && part !== "..").join("/");
      if (path) found.push({ uri, path });
    }
  }
  return found.sort((a, b) => (a.uri < b.uri ? -1 : a.uri > b.uri ? 1 : a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function folderArgument({ callee, arguments: given }: Call): Expression | undefined {
  if (callee.kind !== "attribute") return undefined;
  const { object, name } = callee;
  const at = (index: number): Expression | undefined => given.filter((each: Argument) => each.name === undefined && !each.spread)[index]?.value;
  if (name === "addsitedir" && object.kind === "name" && object.name === "site") return at(0);
  if (object.kind !== "attribute" || object.name !== "path" || object.object.kind !== "name" || object.object.name !== "sys") return undefined;
  return name === "append" ? at(0) : name === "insert" ? at(1) : undefined;
}

/** The texts of a path that is put together, in their order. */
function textsOf(node: Expression): readonly string[] {
  switch (node.kind) {
    case "literal": return typeof node.value === "string" ? [node.value] : [];
    case "call": return node.arguments.flatMap((each) => textsOf(each.value));
    case "binary": return [...textsOf(node.left), ...textsOf(node.right)];
    default: return [];
  }
}

export function isSamePath(a: readonly AddedFolder[], b: readonly AddedFolder[]): boolean {
  return a.length === b.length && a.every((each, i) => each.uri === b[i].uri && each.path === b[i].path);
}
