import type { Entity, FrameworkModel, ProjectAdapter, ProjectCore } from "../../../project";
import { Associations } from "./associations";
import { clientOptions, databaseEngine } from "./engine";
import { entityOf, settleAssociations } from "./entities";
import { declaredIndexes, forTwins } from "./indexes";
import { addMigratedIndexes, isMigration } from "./migrations";
import { Models } from "./models";
import { Reader, valueAt } from "./reading";

/** The packages whose models are understood: Sequelize 6, its next version, and the decorators for 6. */
const PACKAGES: readonly string[] = ["sequelize", "@sequelize/core", "sequelize-typescript"];

/** What Sequelize's declarations make of a project. */
export const sequelizeProjectAdapter: ProjectAdapter = {
  framework: "sequelize",
  packages: PACKAGES,
  link: linkSequelize,
};

function linkSequelize(core: ProjectCore): FrameworkModel {
  const uris = core.uris.filter((uri) => core.files.get(uri)!.language === "typescript" && !isMigration(core.path(uri)));
  const isUsed = uris.some((uri) => PACKAGES.some((name) => core.packagesOf(uri).has(name)));
  const base: Omit<FrameworkModel, "entities" | "engine"> = {
    entityOfExternal: () => undefined,
    setting: () => undefined,
    version: (name) => core.packages.version(name),
    requires: (name) => core.packages.requires(name),
    deployment: () => undefined,
  };
  if (!isUsed) return { ...base, entities: [], engine: "unknown" };
  const reader = new Reader(core);
  const options = clientOptions(core, reader, uris);
  const engine = databaseEngine(core, reader, uris, options);
  const define = options.map(({ uri, expression }) => ({ uri, expression: valueAt(expression, "define") })).find((each) => each.expression);
  const models = new Models(core, reader, uris, define && { uri: define.uri, expression: define.expression! });
  // What functions say of models counts: an edit of such a body is a new link.
  for (const { uri } of models.drafts) core.body(uri, "");
  new Associations(core, reader, models).readAll(uris);
  const implicit = settleAssociations(models.drafts);
  const drafts = [...models.drafts, ...implicit];
  const isMigrated = addMigratedIndexes(reader, drafts);
  const entities = drafts.map((draft): Entity => ({ ...entityOf(draft, forTwins(draft, [...declaredIndexes(core, reader, draft, engine), ...draft.indexes]), engine), ...(isMigrated && { isMigrated }) }));
  return { ...base, entities, engine };
}
