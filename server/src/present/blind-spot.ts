import type { Landscape, Understood } from "#engine";
import { counted } from "./pretty";

/** That so little of a project is understood that silence says nothing, and the likely reason. */
export interface BlindSpot {
  readonly what: string;
  readonly why: string;
}

/** What is understood, and what the modules that bring it are called. */
const ORMS: Readonly<Record<string, readonly [name: string, imports: RegExp]>> = {
  django: ["Django", /^django(\.|$)/],
  prisma: ["Prisma", /prisma/i],
  typeorm: ["TypeORM", /^(@nestjs\/)?typeorm(\/|$)/],
  sequelize: ["Sequelize", /sequelize/i],
  drizzle: ["Drizzle", /drizzle/i],
  mikroorm: ["MikroORM", /^@mikro-orm\//],
  knex: ["Knex", /knex/i],
  kysely: ["Kysely", /kysely/i],
};

/** What asks databases in ways that are not understood: other ORMs, layers over those that are, drivers. */
const OTHERS: readonly (readonly [name: string, imports: RegExp])[] = [
  ...["sqlalchemy", "sqlmodel", "peewee", "tortoise", "pony", "mongoengine", "beanie", "pymongo", "motor", "asyncpg", "psycopg2", "psycopg"].map((name) => [name, new RegExp(`^${name}(\\.|$)`)] as const),
  ...["objection", "bookshelf", "mongoose", "mongodb", "waterline", "massive", "slonik", "pg-promise", "orchid-orm", "zapatos", "convex", "payload", "postgres", "pg", "mysql2", "better-sqlite3",
    "@supabase/supabase-js", "@adonisjs/lucid", "@loopback/repository", "@keystone-6/core"].map((name) => [name, new RegExp(`^${name}(/|$)`)] as const),
  ["@medusajs", /^@medusajs\//], ["@strapi", /^@strapi\//], ["@feathersjs", /^@feathersjs\//], ["nestjs-query", /nestjs-query/],
];

/** Fewer models than this say nothing about how many queries there should be. */
const SEVERAL_MODELS = 6;

/** Undefined: enough is understood for silence to mean something. */
export function blindSpot({ files, entities, queries, unresolved }: Understood, landscape: () => Landscape): BlindSpot | undefined {
  if (files === 0) return { what: "Nothing was read.", why: "There is no Python, TypeScript or JavaScript file and no template here." };
  if (entities === 0 && queries === 0) return nothingFound(landscape());
  const few = queries === 0 || (entities >= SEVERAL_MODELS && queries * 3 < entities);
  if (!few || entities === 0) return undefined;
  const what = queries === 0
    ? `${counted(entities, "model")} found, but no query was understood: silence here says nothing.`
    : `${counted(entities, "model")} found, but only ${counted(queries, "query was", "queries were")} understood: silence here says little.`;
  return { what, why: whyFew(landscape(), queries, unresolved) };
}

function nothingFound({ importers }: Landscape): BlindSpot {
  const understood = Object.values(ORMS);
  const [name, count] = mostImported(understood, importers) ?? [];
  if (name !== undefined) {
    return { what: `No model and no query was found, though ${counted(count!, "file imports", "files import")} ${name}.`, why: "Likely: the models are in a folder that is not part of what was read, or are made in a way that cannot be followed." };
  }
  const other = otherLayer(importers);
  const all = `${understood.slice(0, -1).map(([each]) => each).join(", ")} and ${understood.at(-1)![0]}`;
  return { what: "No model and no query was found.", why: other ?? `No file that was read imports what is understood: ${all}.` };
}

function whyFew({ models, importers }: Landscape, queries: number, unresolved: number): string {
  const other = otherLayer(importers);
  if (other !== undefined) return other;
  const unused = [...models.keys()].map((framework) => ORMS[framework]).find((orm) => orm !== undefined && importers(orm[1]) === 0);
  if (unused) return `Likely: the code that queries is not part of what was read, as no file imports ${unused[0]}.`;
  if (unresolved > queries) return `Likely: queries are put together in ways that cannot be followed: ${counted(unresolved, "place")}, which \`scale-hints understood\` names.`;
  return "Likely: the queries stand in a class or package that hides the ORM (a repository base, a data layer), and calls of it are not known to ask the database.";
}

function otherLayer(importers: Landscape["importers"]): string | undefined {
  const [name, count] = mostImported(OTHERS, importers) ?? [];
  return name === undefined ? undefined : `Likely: queries go through \`${name}\` (imported by ${counted(count!, "file")}), which is not understood.`;
}

function mostImported(modules: readonly (readonly [name: string, imports: RegExp])[], importers: Landscape["importers"]): readonly [name: string, count: number] | undefined {
  let most: readonly [string, number] | undefined;
  for (const [name, imports] of modules) {
    const count = importers(imports);
    if (count > (most?.[1] ?? 0)) most = [name, count];
  }
  return most;
}
