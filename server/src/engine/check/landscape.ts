import type { FileFacts } from "../facts";
import type { Entity } from "../project";

/** What a project is built on, as far as its files say: what may explain that little of it is understood. */
export interface Landscape {
  /** How many models there are, by the framework that they are of. */
  readonly models: ReadonlyMap<string, number>;
  /** How many files import a module whose name matches: `sqlalchemy.orm`, `@scope/package/part`, `./generated/client`. */
  importers(of: RegExp): number;
}

export function landscapeOf(entities: readonly Entity[], files: readonly FileFacts[]): Landscape {
  const models = new Map<string, number>();
  for (const { abstract, framework } of entities) if (!abstract) models.set(framework, (models.get(framework) ?? 0) + 1);
  const importers = files.map(({ declares }) => declares.imports.filter(({ level }) => level === 0).map(({ module }) => module));
  return { models, importers: (of) => importers.filter((modules) => modules.some((module) => of.test(module))).length };
}
