import { pathOfUri, type DatabaseEngine } from "../../../project";
import { common, type PrismaSchema } from "./schemas";

/**
 * The schema whose client a file gets from a module: the one that is generated to that place, else the nearest: the one that shares the longest
 * way with the file. Undefined where two are as near.
 */
export function schemaOfClient(schemas: readonly PrismaSchema[], uri: string, module: string): PrismaSchema | undefined {
  if (schemas.length < 2) return schemas[0];
  const named = schemas.filter(({ outputs }) => outputs.some((output) => isOutput(output, uri, module)));
  if (named.length === 1) return named[0];
  const candidates = named.length > 0 ? named : schemas;
  const path = pathOfUri(uri);
  const near = candidates.map((schema) => common(schema.folder, path).length);
  const best = Math.max(...near);
  const nearest = candidates.filter((_, i) => near[i] === best);
  if (nearest.length === 1) return nearest[0];
  // One of them is the project's own, the others are variants for other databases: `schema.prisma` beside `schema.sqlite.prisma`.
  const main = nearest.filter(({ uris }) => uris.some((each) => each.endsWith("/schema.prisma")));
  return main.length === 1 ? main[0] : oneOfVariants(main.length > 0 ? main : nearest);
}

const ENGINES: readonly DatabaseEngine[] = ["postgresql", "mysql", "sqlserver", "sqlite"];

/** `postgresql/schema.prisma` beside `mysql/schema.prisma`, with the same models in both: whichever the client was made from, queries mean the same. */
function oneOfVariants(schemas: readonly PrismaSchema[]): PrismaSchema | undefined {
  const shape = ({ blocks, outputs }: PrismaSchema): string => [...outputs, ...[...blocks].filter(([, { block }]) => block.form === "model").map(([name]) => name).sort()].join();
  const engines = new Set(schemas.map(({ engine }) => engine));
  // `postgresql-schema.prisma` and `psql_bouncer-schema.prisma` beside `mysql-schema.prisma`.
  const isOneFolder = engines.size > 1 && new Set(schemas.map(({ folder }) => folder)).size === 1;
  if ((engines.size < schemas.length && !isOneFolder) || new Set(schemas.map(shape)).size > 1) return undefined;
  return ENGINES.flatMap((engine) => schemas.find((each) => each.engine === engine) ?? [])[0];
}

/** `../generated/client` names a folder or a file in it, `@prisma/client-users` or `.prisma/users` a package. */
function isOutput(output: string, uri: string, module: string): boolean {
  // What a path names where no file is, as the project resolves it.
  if (module.startsWith("/")) return module === output || module.startsWith(`${output}/`);
  const parts = module.startsWith(".") ? [...pathOfUri(uri).split("/").slice(0, -1), ...module.split("/")] : module.split("/");
  const path: string[] = [];
  for (const part of parts) {
    if (part === "..") path.pop();
    else if (part !== ".") path.push(part);
  }
  const named = path.join("/");
  return module.startsWith(".") ? named === output || named.startsWith(`${output}/`) : output.endsWith(`/node_modules/${named}`);
}
