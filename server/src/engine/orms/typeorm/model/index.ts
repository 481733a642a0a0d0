import { noFramework, type FrameworkModel, type ProjectAdapter, type ProjectCore } from "../../../project";
import { finder } from "../../script/decorated-entities";
import { asMigrated, withMigratedIndexes } from "../../script/migrated-indexes";
import { draftOfClass } from "./classes";
import type { EntityDraft } from "./drafts";
import { configurationOf, STRATEGY_SETTING } from "./engine";
import { createEntity } from "./entities";
import { draftOfValue } from "./schemas";

/** What TypeORM's declarations make of a project. */
export const typeormProjectAdapter: ProjectAdapter = {
  framework: "typeorm",
  packages: ["typeorm", "@nestjs/typeorm"],
  link: linkTypeorm,
};

function linkTypeorm(core: ProjectCore): FrameworkModel {
  const drafts: EntityDraft[] = [];
  for (const ref of core.classes) {
    if (ref.declaration.decorators.length === 0) continue;
    const draft = draftOfClass(core, ref);
    if (draft) drafts.push(draft);
  }
  for (const uri of core.uris) {
    const { declares, language } = core.files.get(uri)!;
    if (language !== "typescript" || !declares.imports.some((each) => each.module === "typeorm")) continue;
    for (const value of declares.values) {
      const draft = draftOfValue(core, uri, value);
      if (draft) drafts.push(draft);
    }
  }
  shareIndexes(core, drafts);
  const { engine, engines, strategy } = drafts.length > 0 ? configurationOf(core) : { engine: "unknown" as const, engines: undefined, strategy: undefined };
  const find = finder(drafts);
  return {
    ...noFramework,
    entities: withMigratedIndexes(core, asMigrated(core, drafts.map((draft) => ({ ...createEntity(draft, find, engine), ...(engines && { engines }) })))),
    setting: (name) => (name === STRATEGY_SETTING ? strategy : undefined),
    engine,
  };
}

/** Entities of one table (`@ChildEntity()`) have the columns of the same names in common, and so each other's indexes. */
function shareIndexes(core: ProjectCore, drafts: readonly EntityDraft[]): void {
  const entities = new Map(drafts.flatMap((draft) => (draft.ref ? [[draft.ref.key, draft] as const] : [])));
  const indexed = new Map<EntityDraft, Set<string>>();
  const children = drafts.flatMap((draft) => {
    if (!draft.ref || !draft.sharesTable) return [];
    const root = core.ancestors(draft.ref).flatMap((each) => ("class" in each && each.class.key !== draft.ref!.key ? (entities.get(each.class.key) ?? []) : [])).at(-1);
    return root ? [{ draft, root }] : [];
  });
  for (const { draft, root } of children) {
    const starts = indexed.get(root) ?? new Set();
    indexed.set(root, starts);
    for (const { columns } of draft.indexes) if (columns?.[0] !== undefined) starts.add(columns[0]);
  }
  for (const { draft, root } of children) for (const name of indexed.get(root)!) draft.unread.add(name);
}
