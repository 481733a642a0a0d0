import type { Expression, FileFacts, SchemaAttribute, SchemaBlock } from "../../../facts";
import { pathOfUri, type DatabaseEngine } from "../../../project";

/** One schema: the files that belong to one datasource. */
export interface PrismaSchema {
  /** Tells schemas of a project apart: empty for the only one. */
  readonly id: string;
  /** The path of the folder that its files are in. */
  readonly folder: string;
  readonly uris: readonly string[];
  readonly engine: DatabaseEngine;
  /** "prisma": the client looks after relations, the database has no foreign keys (Prisma: *Relation mode*). */
  readonly relationMode: "foreignKeys" | "prisma";
  readonly previewFeatures: ReadonlySet<string>;
  /** Where its clients are generated to, as absolute paths; empty for `@prisma/client`. */
  readonly outputs: readonly string[];
  /** Models, views, composite types and enums by name. */
  readonly blocks: ReadonlyMap<string, PlacedBlock>;
}

/** A block of a schema with the file it stands in. */
export interface PlacedBlock {
  readonly uri: string;
  readonly block: SchemaBlock;
}

const known = new WeakMap<ReadonlyMap<string, FileFacts>, readonly PrismaSchema[]>();

/** The schemas of a project, in the order of their folders. */
export function prismaSchemas(files: ReadonlyMap<string, FileFacts>): readonly PrismaSchema[] {
  let schemas = known.get(files);
  if (!schemas) known.set(files, (schemas = readSchemas(files)));
  return schemas;
}

interface SchemaFile {
  readonly uri: string;
  readonly path: string;
  readonly folder: string;
  readonly facts: FileFacts;
  readonly hasSource: boolean;
}

function readSchemas(files: ReadonlyMap<string, FileFacts>): readonly PrismaSchema[] {
  const all: SchemaFile[] = [];
  for (const [uri, facts] of files) {
    if (!facts.declares.schema) continue;
    const path = pathOfUri(uri);
    all.push({ uri, path, folder: path.slice(0, path.lastIndexOf("/")), facts, hasSource: facts.declares.schema.blocks.some(({ form }) => form === "datasource") });
  }
  all.sort((a, b) => (a.path < b.path ? -1 : 1));
  const groups = groupFiles(all);
  const names = new Map<string, number>();
  for (const group of groups) for (const { facts } of group) for (const { form, name } of facts.declares.schema!.blocks) if (form === "model" || form === "view") names.set(name, (names.get(name) ?? 0) + 1);
  const isAlone = groups.length < 2 || [...names.values()].every((count) => count === 1);
  return groups.map((group) => createSchema(group, isAlone ? "" : group[0].path));
}

/**
 * Files without a datasource belong to the one that is nearest above them, or else to the only one that shares the longest way with them
 * (Prisma: *Multi-file Prisma schema*: all files below the folder that is named). Files that belong to none make one schema by folder.
 */
function groupFiles(all: readonly SchemaFile[]): readonly (readonly SchemaFile[])[] {
  const sources = all.filter(({ hasSource }) => hasSource);
  const groups = new Map<SchemaFile | string, SchemaFile[]>(sources.map((source) => [source, [source]]));
  for (const file of all) {
    if (file.hasSource) continue;
    const owner = ownerOf(file, sources);
    const key = owner ?? file.folder;
    const group = groups.get(key);
    if (group) group.push(file);
    else groups.set(key, [file]);
  }
  return [...groups.values()];
}

function ownerOf(file: SchemaFile, sources: readonly SchemaFile[]): SchemaFile | undefined {
  const above = sources.filter(({ folder }) => file.folder === folder || file.folder.startsWith(`${folder}/`));
  const deepest = Math.max(...above.map(({ folder }) => folder.length));
  const nearest = above.filter(({ folder }) => folder.length === deepest);
  if (nearest.length > 0) return nearest.length === 1 ? nearest[0] : undefined;
  // `schema/base/datasource.prisma` beside `schema/models/user.prisma`: one folder has them all.
  const beside = sources.filter(({ folder }) => /\/(schema|prisma)(\/|$)/.test(common(folder, file.folder)));
  const longest = Math.max(...beside.map(({ folder }) => common(folder, file.folder).length));
  const closest = beside.filter(({ folder }) => common(folder, file.folder).length === longest);
  return closest.length === 1 ? closest[0] : undefined;
}

/** The folder that holds both. */
export function common(a: string, b: string): string {
  const [left, right] = [a.split("/"), b.split("/")];
  let at = 0;
  while (at < left.length && left[at] === right[at]) at++;
  return left.slice(0, at).join("/");
}

function createSchema(group: readonly SchemaFile[], id: string): PrismaSchema {
  const blocks = group.flatMap(({ uri, facts }) => facts.declares.schema!.blocks.map((block) => ({ uri, block })));
  const source = blocks.find(({ block }) => block.form === "datasource")?.block;
  const generators = blocks.filter(({ block }) => block.form === "generator");
  const clients = generators.filter(({ block }) => /^prisma-client(-js)?$/.test(textSetting(block, "provider") ?? ""));
  const byName = new Map<string, PlacedBlock>();
  for (const placed of blocks) if (placed.block.form !== "datasource" && placed.block.form !== "generator" && !byName.has(placed.block.name)) byName.set(placed.block.name, placed);
  return {
    id,
    folder: group.map(({ folder }) => folder).reduce(common),
    uris: group.map(({ uri }) => uri),
    engine: engineOf(source && textSetting(source, "provider")),
    relationMode: source && textSetting(source, "relationMode") === "prisma" ? "prisma" : "foreignKeys",
    previewFeatures: new Set(clients.flatMap(({ block }) => textsSetting(block, "previewFeatures"))),
    outputs: clients.flatMap(({ uri, block }) => {
      const output = textSetting(block, "output");
      return output === undefined ? [] : [resolvePath(pathOfUri(uri).replace(/\/[^/]*$/, ""), output)];
    }),
    blocks: byName,
  };
}

function engineOf(provider: string | undefined): DatabaseEngine {
  switch (provider) {
    case "postgresql":
    case "postgres": return "postgresql";
    case "mysql":
    case "sqlite":
    case "sqlserver":
    case "cockroachdb":
    case "mongodb": return provider;
    default: return "unknown";
  }
}

/** `/shop/prisma` and `../src/generated` → `/shop/src/generated`. */
function resolvePath(folder: string, path: string): string {
  if (path.startsWith("/")) return path;
  const parts = folder.split("/");
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

function textSetting(block: SchemaBlock, name: string): string | undefined {
  return textOf(block.settings.find((each) => each.name === name)?.value);
}

function textsSetting(block: SchemaBlock, name: string): readonly string[] {
  const value = block.settings.find((each) => each.name === name)?.value;
  return value?.kind === "sequence" ? value.items.flatMap((item) => textOf(item) ?? []) : [];
}

/** The text that an expression is, if it is one. */
export function textOf(expression: Expression | undefined): string | undefined {
  return expression?.kind === "literal" && typeof expression.value === "string" ? expression.value : undefined;
}

/** The items of a list; one alone may stand without brackets: `@@index(email)`. */
export function listOf(expression: Expression | undefined): readonly Expression[] {
  return expression === undefined ? [] : expression.kind === "sequence" ? expression.items : [expression];
}

/** The argument of this name, or else the one at this place among those without. */
export function argumentOf(attribute: SchemaAttribute, name: string, position?: number): Expression | undefined {
  const named = attribute.arguments.find((each) => each.name === name);
  if (named) return named.value;
  return position === undefined ? undefined : attribute.arguments.filter((each) => each.name === undefined)[position]?.value;
}
