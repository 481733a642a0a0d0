import { noFramework, type FrameworkModel, type ProjectAdapter, type ProjectCore } from "../../../project";
import { withMigratedIndexes } from "../../script/migrated-indexes";
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
    ...noFramework,
    entities: withMigratedIndexes(core, schemas.flatMap(entitiesOf)),
    engine: schemas.find(({ engine }) => engine !== "unknown")?.engine ?? "unknown",
  };
}
