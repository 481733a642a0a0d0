import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import { generateClient } from "@prisma/client-generator-js";
import { bindSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import { enginesVersion } from "@prisma/engines-version";
import { getConfig, getDMMF } from "@prisma/internals";
import { postgres } from "./postgres";
import { sqliteFile } from "./sqlite";
import { versionOf } from "./facts";

/**
 * What `prisma generate` and `prisma migrate diff` do, without the `prisma` command: that one fetches its schema engine from outside the
 * registry, even for `generate`. The generator and the schema engine's WebAssembly build are its own packages and need no network.
 */
const load = createRequire(__filename);
const OUT = join(__dirname, "../../../out/proof");

// eslint-disable-next-line -- a generated client has no types before it is generated
export type PrismaClient = any;

export interface PrismaOptions {
  readonly models: string;
  readonly provider: "postgresql" | "sqlite" | "mysql";
  readonly previewFeatures?: readonly string[];
  readonly relationMode?: "prisma" | "foreignKeys";
}

export function schemaOf({ models, provider, previewFeatures = [], relationMode }: PrismaOptions): string {
  return [
    "generator client {",
    '  provider = "prisma-client-js"',
    `  previewFeatures = ${JSON.stringify(previewFeatures)}`,
    "}",
    "datasource db {",
    `  provider = "${provider}"`,
    ...(relationMode ? [`  relationMode = "${relationMode}"`] : []),
    "}",
    models,
  ].join("\n");
}

interface SchemaEngine {
  diff(params: object): Promise<{ stdout: string | null }>;
}
type SchemaEngineClass = { new: (options: object, log: () => void, adapter: object) => Promise<SchemaEngine> };

/** The part of the global that is used here; the library files that name it are a browser's. */
declare const WebAssembly: { Module: new (bytes: Uint8Array) => object; Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> } };

let engineClass: Promise<SchemaEngineClass> | undefined;

function schemaEngine(): Promise<SchemaEngineClass> {
  return (engineClass ??= (async () => {
    const bindings = (await import("@prisma/schema-engine-wasm/schema_engine_bg")) as unknown as { SchemaEngine: SchemaEngineClass; __wbg_set_wasm(exports: object): void };
    const bytes = readFileSync(join(load.resolve("@prisma/schema-engine-wasm"), "../schema_engine_bg.wasm"));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { "./schema_engine_bg.js": bindings });
    bindings.__wbg_set_wasm(exports);
    (exports.__wbindgen_start as () => void)();
    return bindings.SchemaEngine;
  })());
}

/** The DDL of a schema, as `prisma migrate diff --from-empty` prints it. Nothing is connected to. */
export async function prismaDdl(options: PrismaOptions): Promise<string> {
  return ddlOf(schemaOf(options), options.provider);
}

export function prismaDdlOf(schemaPath: string): Promise<string> {
  return ddlOf(readFileSync(schemaPath, "utf8"), "postgresql");
}

/** What `prisma migrate diff` writes between two schemas. */
export function prismaMigration(before: string, after: string): Promise<string> {
  return ddlOf(after, "postgresql", before);
}

async function ddlOf(content: string, provider: PrismaOptions["provider"], before?: string): Promise<string> {
  const adapter = provider === "sqlite" ? new PrismaLibSql({ url: ":memory:" }) : new PrismaPg({ connectionString: (await postgres()).url, max: 1 });
  const SchemaEngine = await schemaEngine();
  const engine = await SchemaEngine.new({ datamodels: undefined }, () => undefined, bindSqlAdapterFactory(adapter));
  const files = [{ path: "schema.prisma", content }];
  const { stdout } = await engine.diff({ from: before === undefined ? { tag: "empty" } : { tag: "schemaDatamodel", files: [{ path: "schema.prisma", content: before }] }, to: { tag: "schemaDatamodel", files }, script: true, shadowDatabaseUrl: null, exitCode: null, filters: { externalTables: [], externalEnums: [] } });
  return stdout ?? "";
}

/** What `prisma generate` does with the schema. */
export async function generatePrismaClient(schemaPath: string, outputDir: string): Promise<void> {
  const text = readFileSync(schemaPath, "utf8");
  const datamodel: [string, string][] = [["schema.prisma", text]];
  const { generators, datasources } = await getConfig({ datamodel });
  await generateClient({
    datamodel: text,
    schemaPath,
    outputDir,
    generator: { ...generators[0], isCustomOutput: true },
    dmmf: await getDMMF({ datamodel }),
    datasources,
    binaryPaths: {},
    runtimeSourcePath: join(load.resolve("@prisma/client/package.json"), "../runtime"),
    engineVersion: enginesVersion,
    clientVersion: versionOf("@prisma/client"),
    activeProvider: datasources[0].activeProvider,
    compilerBuild: "fast",
  });
}

/** A client of the schema on an empty database that has its tables. */
export async function prismaClient(name: string, options: PrismaOptions): Promise<{ readonly client: PrismaClient; stop(): Promise<void> }> {
  const folder = join(OUT, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const schemaPath = join(folder, "written.prisma");
  writeFileSync(schemaPath, schemaOf(options));
  await generatePrismaClient(schemaPath, folder);
  const { PrismaClient } = load(folder) as { PrismaClient: new (options: object) => PrismaClient };
  const ddl = await prismaDdl(options);
  if (options.provider === "sqlite") {
    const file = sqliteFile();
    const client = new PrismaClient({ adapter: new PrismaLibSql({ url: `file:${file.path}` }) });
    for (const statement of ddl.split(";").filter((each) => each.trim())) await client.$executeRawUnsafe(statement);
    return { client, stop: async () => (await client.$disconnect(), file.remove()) };
  }
  const { db, url, reset } = await postgres();
  await reset();
  await db.exec(ddl);
  const client = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 1 }) });
  return { client, stop: () => client.$disconnect() };
}
