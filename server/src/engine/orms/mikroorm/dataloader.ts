import { forEachChild, type Expression } from "../../facts";
import type { LoopContext } from "../../flow";
import type { Machine } from "../../flow/machine";
import type { ProjectModel } from "../../project";

const known = new WeakMap<ProjectModel["files"], boolean>();

/**
 * Whether loads in the rounds of a loop are put together into one statement: rounds that run at once, in a project whose configuration switches the dataloader on
 * (MikroORM: *Dataloaders*; one statement for `Promise.all` of `load()`, `loadItems()`, `init()`, measured on 6.6 and 7.2; it is off by default, and sequential rounds never are).
 */
export function batches(m: Machine, loop: LoopContext | undefined): boolean {
  const running = loop && m.loops.find(({ id }) => id === loop.id);
  return running?.concurrent === true && isSwitchedOn(m.project);
}

function isSwitchedOn(project: ProjectModel): boolean {
  let answer = known.get(project.files);
  if (answer === undefined) known.set(project.files, (answer = [...project.files.values()].some(({ language, declares }) => language === "typescript" && declares.imports.some(({ module }) => module.startsWith("@mikro-orm/")) && declares.values.some(({ value }) => value !== undefined && names(value)))));
  return answer;
}

/** `dataloader: DataloaderType.ALL` somewhere in a configuration. */
function names(node: Expression): boolean {
  if (node.kind === "mapping") {
    for (const { key, value } of node.entries) {
      if (key?.kind !== "literal" || key.value !== "dataloader") continue;
      if (value.kind === "literal" ? value.value !== false && value.value !== 0 : !(value.kind === "attribute" && value.name === "NONE")) return true;
    }
  }
  let found = false;
  forEachChild(node, (child) => (found ||= names(child)));
  return found;
}
