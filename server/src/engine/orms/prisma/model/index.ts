import type { FrameworkModel, ProjectAdapter, ProjectCore } from "../../../project";
import { entitiesOf } from "./entities";
import { prismaSchemas } from "./schemas";

export { entityKey } from "./entities";
export { prismaSchemas, type PrismaSchema } from "./schemas";
export { schemaOfClient } from "./clients";

/** What the schemas of a project declare. */
export const prismaProjectAdapter: ProjectAdapter = {
  framework: "prisma",
  packages: ["@prisma/client"],
  link: linkPrisma,
};

function linkPrisma(core: ProjectCore): FrameworkModel {
  const schemas = prismaSchemas(core.files);
  return {
    entities: schemas.flatMap(entitiesOf),
    entityOfExternal: () => undefined,
    setting: () => undefined,
    engine: schemas.find(({ engine }) => engine !== "unknown")?.engine ?? "unknown",
    version: () => undefined,
    requires: () => false,
    deployment: () => undefined,
  };
}
