import { forEachChild } from "../../../facts";
import type { Expression, Statement } from "../../../facts";
import { forEachPlainExpression, type DatabaseEngine, type ProjectCore } from "../../../project";
import { property, settled, textOf, type Scoped } from "../../script/literals";

/** `type` of a DataSource's options (TypeORM: *DataSource options*). */
const ENGINES: Readonly<Record<string, DatabaseEngine>> = {
  postgres: "postgresql", cockroachdb: "cockroachdb", mssql: "sqlserver", mongodb: "mongodb", "aurora-postgres": "postgresql", mysql: "mysql", mariadb: "mysql", "aurora-mysql": "mysql",
  sqlite: "sqlite", "better-sqlite3": "sqlite", sqljs: "sqlite", expo: "sqlite", capacitor: "sqlite", cordova: "sqlite", nativescript: "sqlite", "react-native": "sqlite", oracle: "oracle",
};

/** Options are told from other displays with a `type` by what stands beside it. */
const BESIDE = ["host", "url", "database", "entities", "synchronize", "migrations", "username", "replication", "autoLoadEntities", "subscribers"];

/** What the imports of a file that configures a connection name. */
const CONFIGURES = /^(DataSource|DataSourceOptions|ConnectionOptions|createConnections?|TypeOrmModule|TypeOrmModuleOptions|TypeOrmModuleAsyncOptions|TypeOrmOptionsFactory|\w+ConnectionOptions|\w+DataSourceOptions)$/;
/** Files whose bodies are read for it: others name `DataSource` to have one injected. */
const CONFIGURING_FILE = /(data-?source|orm-?config|database|typeorm|config|db|app\.module|connection)[^/]*$|\/(config|database|db|typeorm)\//i;

/** What the data source says of how relations are loaded is known under this name. */
export const STRATEGY_SETTING = "typeorm.relationLoadStrategy";

/** What the code that connects says. */
export interface Configuration {
  /** The database; "unknown" unless there is one answer, SQLite for tests aside. */
  readonly engine: DatabaseEngine;
  /** All of them, where one file can connect to several. */
  readonly engines?: readonly DatabaseEngine[];
  readonly strategy?: Scoped;
}

export function configurationOf(core: ProjectCore): Configuration {
  const engines = new Set<DatabaseEngine>();
  let strategy: Scoped | undefined;
  let isOpen = false;
  let isForSeveral = false;
  let here = new Set<DatabaseEngine>();
  const note = (scoped: Scoped): void => {
    if (!BESIDE.some((name) => property(core, scoped, name) !== undefined)) return;
    const type = property(core, scoped, "type");
    const text = type && textIn(core, type);
    if (text !== undefined && text in ENGINES) {
      engines.add(ENGINES[text]);
      here.add(ENGINES[text]);
    }
    // `process.env.DB_TYPE ?? "sqlite"`: what a developer gets.
    if (type && settled(core, type).expression.kind !== "literal") isOpen = true;
    const loaded = property(core, scoped, "relationLoadStrategy");
    if (loaded) strategy = settled(core, loaded);
  };
  for (const uri of core.uris) {
    const facts = core.files.get(uri)!;
    if (facts.language !== "typescript" || /\/(node_modules|e2e|tests?|__tests__|examples?|fixtures)\/|\.(spec|test|e2e-spec)\.[jt]s$/.test(core.path(uri))) continue;
    if (!facts.declares.imports.some((each) => /^(typeorm|@nestjs\/typeorm)/.test(each.module) && (each.name === undefined || CONFIGURES.test(each.name))) && !/orm-?config/i.test(uri)) continue;
    here = new Set();
    const visit = (expression: Expression): void => {
      if (expression.kind === "mapping") note({ uri, expression });
      if (expression.kind === "function") visitAll(core.body(uri, expression.function.id));
      forEachChild(expression, visit);
    };
    const visitAll = (statements: readonly Statement[]): void => forEachPlainExpression(statements, visit);
    for (const value of facts.declares.values) if (value.value) visit(value.value);
    for (const declared of facts.declares.classes) {
      declared.decorators.forEach(visit);
      if (CONFIGURING_FILE.test(uri)) for (const method of declared.methods) visitAll(core.body(uri, method.id));
    }
    if (CONFIGURING_FILE.test(uri)) {
      visitAll(core.body(uri, ""));
      for (const declared of facts.declares.functions) visitAll(core.body(uri, declared.id));
    }
    isForSeveral ||= here.has("postgresql") && [...here].filter((each) => each !== "sqlite").length > 1;
  }
  // One file that can connect to several: what PostgreSQL leaves without an index is a matter of each of them but MySQL.
  if (isForSeveral) return { engine: "postgresql", engines: [...engines].sort(), ...(strategy && { strategy }) };
  const installed = enginesOfPackages(core);
  const engine = isOpen ? decide(new Set([...engines, ...installed])) : decide(engines);
  return { engine: engine ?? decide(installed) ?? "unknown", ...(strategy && { strategy }) };
}

function textIn(core: ProjectCore, scoped: Scoped): string | undefined {
  const { uri, expression } = settled(core, scoped);
  // `process.env.DB_TYPE ?? "postgres"`
  if (expression.kind === "logical") return textIn(core, { uri, expression: expression.right });
  return textOf(core, { uri, expression });
}

function decide(engines: ReadonlySet<DatabaseEngine>): DatabaseEngine | undefined {
  const others = [...engines].filter((each) => each !== "sqlite");
  if (others.length > 1) return "unknown";
  return others[0] ?? (engines.has("sqlite") ? "sqlite" : undefined);
}

/** The drivers that the packages name. */
function enginesOfPackages({ resources }: ProjectCore): ReadonlySet<DatabaseEngine> {
  const engines = new Set<DatabaseEngine>();
  for (const [uri, text] of resources) {
    if (!/\/package\.json$/.test(uri) || !/"typeorm"\s*:/.test(text)) continue;
    if (/"pg"\s*:/.test(text)) engines.add("postgresql");
    if (/"(mysql2?|mariadb)"\s*:/.test(text)) engines.add("mysql");
    if (/"(better-sqlite3|sqlite3|sql\.js)"\s*:/.test(text)) engines.add("sqlite");
    if (/"oracledb"\s*:/.test(text)) engines.add("oracle");
    if (/"mssql"\s*:/.test(text)) engines.add("sqlserver");
  }
  return engines;
}

/** The engine that `type` of a DataSource names. */
export function engineOfType(type: string): DatabaseEngine | undefined {
  return ENGINES[type];
}
