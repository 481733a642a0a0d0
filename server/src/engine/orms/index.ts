import type { OrmAdapter } from "./adapter";
import { djangoFlow } from "./django/adapter";
import { djangoProjectAdapter } from "./django/model";
import { createDjangoRewriter } from "./django/rewrite";
import { djangoVocabulary } from "./django/vocabulary";
import { drizzleFlow } from "./drizzle/adapter";
import { drizzleProjectAdapter } from "./drizzle/model";
import { createDrizzleRewriter } from "./drizzle/rewrite";
import { drizzleVocabulary } from "./drizzle/vocabulary";
import { prismaFlow } from "./prisma/adapter";
import { prismaProjectAdapter } from "./prisma/model";
import { createPrismaRewriter } from "./prisma/rewrite";
import { prismaVocabulary } from "./prisma/vocabulary";
import { knexFlow } from "./knex/adapter";
import { knexProjectAdapter } from "./knex/model";
import { typeormFlow } from "./typeorm/adapter";
import { typeormProjectAdapter } from "./typeorm/model";
import { createTypeormRewriter } from "./typeorm/rewrite";
import { typeormVocabulary } from "./typeorm/vocabulary";
import { createKnexRewriter } from "./knex/rewrite";
import { knexVocabulary } from "./knex/vocabulary";
import { kyselyFlow } from "./kysely/adapter";
import { kyselyProjectAdapter } from "./kysely/model";
import { createKyselyRewriter } from "./kysely/rewrite";
import { kyselyVocabulary } from "./kysely/vocabulary";
import { emptyAdapter } from "./script/adapter";
import { scriptProjectAdapter } from "./script/entries";
import { mikroormFlow } from "./mikroorm/adapter";
import { mikroormProjectAdapter } from "./mikroorm/model";
import { emptyRewriter } from "./script/rewriter";
import { createMikroormRewriter } from "./mikroorm/rewrite";
import { mikroormVocabulary } from "./mikroorm/vocabulary";
import { plainVocabulary } from "./script/vocabulary";
import { sequelizeFlow } from "./sequelize/adapter";
import { sequelizeProjectAdapter } from "./sequelize/model";
import { createSequelizeRewriter } from "./sequelize/rewrite";
import { sequelizeVocabulary } from "./sequelize/vocabulary";

export type { OrmAdapter } from "./adapter";
export { plainVocabulary } from "./script/vocabulary";

/** The ORMs that are understood. */
export const ormAdapters: readonly OrmAdapter[] = [
  { ...djangoFlow, projectAdapter: djangoProjectAdapter, rewriter: createDjangoRewriter(), vocabulary: djangoVocabulary },
  { ...prismaFlow, projectAdapter: prismaProjectAdapter, rewriter: createPrismaRewriter(), vocabulary: prismaVocabulary },
  { ...knexFlow, projectAdapter: knexProjectAdapter, rewriter: createKnexRewriter(), vocabulary: knexVocabulary },
  { ...kyselyFlow, projectAdapter: kyselyProjectAdapter, rewriter: createKyselyRewriter(), vocabulary: kyselyVocabulary },
  { ...mikroormFlow, projectAdapter: mikroormProjectAdapter, rewriter: createMikroormRewriter(), vocabulary: mikroormVocabulary },
  { ...drizzleFlow, projectAdapter: drizzleProjectAdapter, rewriter: createDrizzleRewriter(), vocabulary: drizzleVocabulary },
  { ...sequelizeFlow, projectAdapter: sequelizeProjectAdapter, rewriter: createSequelizeRewriter(), vocabulary: sequelizeVocabulary },
  { ...typeormFlow, projectAdapter: typeormProjectAdapter, rewriter: createTypeormRewriter(), vocabulary: typeormVocabulary },
  { ...emptyAdapter("script"), projectAdapter: scriptProjectAdapter, rewriter: emptyRewriter(), vocabulary: plainVocabulary },
];
