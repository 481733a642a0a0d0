import { noFramework, type FrameworkModel, type ProjectAdapter, type ProjectCore } from "../../../project";
import { finder } from "../../script/decorated-entities";
import { asMigrated, withMigratedIndexes } from "../../script/migrated-indexes";
import { draftOfClass } from "./classes";
import type { EntityDraft } from "./drafts";
import { databaseEngine } from "./engine";
import { createEntity } from "./entities";
import { loadingOf } from "./loading";
import { ORM } from "./names";
import { draftOfValue } from "./schemas";

/** What MikroORM's declarations make of a project. */
export const mikroormProjectAdapter: ProjectAdapter = {
  framework: ORM,
  packages: [],
  link(core: ProjectCore): FrameworkModel {
    const drafts = draftsOf(core);
    const engine = drafts.length > 0 ? databaseEngine(core) : "unknown";
    const find = finder(drafts);
    const loading = drafts.length > 0 ? loadingOf(core) : { isBatched: false };
    return {
      ...noFramework,
      entities: withMigratedIndexes(core, asMigrated(core, drafts.map((draft) => createEntity(draft, find, engine, loading)))),
      engine,
      version: (name) => core.packages.version(name),
      requires: (name) => core.packages.requires(name),
    };
  },
};

function draftsOf(core: ProjectCore): readonly EntityDraft[] {
  const drafts: EntityDraft[] = [];
  for (const uri of core.uris) {
    const { declares, language } = core.files.get(uri)!;
    if (language !== "typescript" || !declares.imports.some(({ module }) => module.startsWith("@mikro-orm/"))) continue;
    for (const declaration of declares.classes) {
      const draft = declaration.decorators.length > 0 ? draftOfClass(core, core.classRef(uri, declaration)) : undefined;
      if (draft) drafts.push(draft);
    }
    for (const value of declares.values) {
      const draft = draftOfValue(core, uri, value);
      if (draft) drafts.push(draft);
    }
  }
  return drafts;
}
