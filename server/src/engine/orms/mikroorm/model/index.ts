import type { FrameworkModel, ProjectAdapter, ProjectCore } from "../../../project";
import { draftOfClass } from "./classes";
import type { EntityDraft } from "./drafts";
import { databaseEngine } from "./engine";
import { createEntity, type Find } from "./entities";
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
    return {
      entities: drafts.map((draft) => createEntity(draft, find, engine)),
      entityOfExternal: () => undefined,
      setting: () => undefined,
      engine,
      version: () => undefined,
      requires: () => false,
      deployment: () => undefined,
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

/** A class by its key, also the one that a schema is made for; a text by the only entity of that name. */
function finder(drafts: readonly EntityDraft[]): Find {
  const byKey = new Map<string, EntityDraft>();
  const byName = new Map<string, EntityDraft | undefined>();
  for (const draft of drafts) {
    byKey.set(draft.key, draft);
    if (draft.ref) byKey.set(draft.ref.key, draft);
    byName.set(draft.name, byName.has(draft.name) ? undefined : draft);
  }
  return (target) => (target === undefined ? undefined : typeof target === "string" ? (byKey.get(target) ?? byName.get(target)) : byKey.get(target.key));
}
