import type { Expression } from "../../../facts";
import type { DatabaseEngine } from "../../../project";
import { calleeName, type ExpressionReader, type Scoped } from "./expressions";
import type { DjangoSettings } from "./settings";
import { requiresPackage } from "./versions";

/** The engine that a `DATABASES` ENGINE or a database URL names. */
function engineOfText(text: string): DatabaseEngine | undefined {
  if (/^(postgres(ql)?|postgis|timescale|cockroach|pgsql|redshift)[a-z0-9+.]*:\/\//i.test(text)) return "postgresql";
  if (/^(mysql|mariadb)[a-z0-9+.-]*:\/\//i.test(text)) return "mysql";
  if (/^(sqlite3?|spatialite)[a-z0-9+.-]*:\/\//i.test(text)) return "sqlite";
  if (/^oracle[a-z0-9+.-]*:\/\//i.test(text)) return "oracle";
  // Backends of django-prometheus, django-tenants, dj-db-conn-pool and others keep the last segment of the ones they wrap.
  if (!/^[\w.]+$/.test(text) || !text.includes(".")) return undefined;
  const last = text.split(".").at(-1) ?? "";
  if (/postg/i.test(last) || /postgres|postgis/i.test(text)) return "postgresql";
  if (/mysql|mariadb/i.test(text)) return "mysql";
  if (/sqlite|spatialite/i.test(text)) return "sqlite";
  return /\.oracle$/i.test(text) ? "oracle" : undefined;
}

interface Evidence {
  readonly engines: Set<DatabaseEngine>;
  /** The URL comes from the environment, whether or not a default says something. */
  fromEnvironment: boolean;
  /** Each expression is read once: settings that refer to themselves end. */
  readonly seen: Set<Expression>;
}

/** Which database the project is deployed on; "unknown" unless there is one answer. */
export function databaseEngine(settings: DjangoSettings, reader: ExpressionReader, requirements: ReadonlyMap<string, string>): DatabaseEngine {
  const evidence: Evidence = { engines: new Set(), fromEnvironment: false, seen: new Set() };
  const deployed = settings.modules.map((each) => each.uri);
  collect(deployed, settings, reader, evidence);
  const certain = decide(evidence.engines);
  if (certain && certain !== "sqlite") return certain;
  collect(settings.candidates, settings, reader, evidence);
  const among = decide(evidence.engines);
  if (among && among !== "sqlite") return among;
  const drivers: DatabaseEngine[] = [];
  if (["psycopg", "psycopg2", "psycopg2-binary", "psycopg-binary", "psycopg-c"].some((each) => requiresPackage(requirements, each))) drivers.push("postgresql");
  if (["mysqlclient", "pymysql"].some((each) => requiresPackage(requirements, each))) drivers.push("mysql");
  // `env.db(default="sqlite:///…")` with one driver installed: SQLite is what a developer gets, the driver what is deployed.
  if (evidence.engines.size === 0 || (among === "sqlite" && evidence.fromEnvironment)) {
    if (drivers.length === 1) return drivers[0];
    return drivers.length === 0 && among ? among : "unknown";
  }
  return among === "sqlite" && drivers.length === 0 ? "sqlite" : "unknown";
}

/** One engine, SQLite aside; undefined for none or several. */
function decide(engines: ReadonlySet<DatabaseEngine>): DatabaseEngine | undefined {
  const others = [...engines].filter((each) => each !== "sqlite");
  if (others.length === 1) return others[0];
  return others.length === 0 && engines.has("sqlite") ? "sqlite" : undefined;
}

function collect(modules: readonly string[], settings: DjangoSettings, reader: ExpressionReader, evidence: Evidence): void {
  for (const uri of modules) for (const change of settings.changesOf(uri, "DATABASES")) collectFrom(change, settings, reader, evidence);
}

/** Every engine named anywhere in the expression, names followed. */
function collectFrom({ scope, expression }: Scoped, settings: DjangoSettings, reader: ExpressionReader, evidence: Evidence): void {
  if (evidence.seen.has(expression)) return;
  evidence.seen.add(expression);
  const visit = (each: Expression): void => collectFrom({ scope, expression: each }, settings, reader, evidence);
  switch (expression.kind) {
    case "literal": {
      const engine = typeof expression.value === "string" ? engineOfText(expression.value) : undefined;
      if (engine) evidence.engines.add(engine);
      break;
    }
    case "format":
      // Of f"postgres://{USER}…" only the embedded parts are known here.
      expression.parts.forEach(visit);
      break;
    case "mapping":
      for (const entry of expression.entries) {
        // `TEST`, `OPTIONS` and the second databases of a router say nothing about the main one.
        const key = entry.key?.kind === "literal" ? entry.key.value : undefined;
        if (key !== "TEST" && key !== "OPTIONS") visit(entry.value);
      }
      break;
    case "call": {
      if (/^(db|db_url|config|env|get|getenv|parse|url|read_env|dj_db_url)$/i.test(calleeName(expression))) evidence.fromEnvironment = true;
      for (const each of expression.arguments) visit(each.value);
      break;
    }
    case "binary":
    case "logical":
      visit(expression.left);
      visit(expression.right);
      break;
    case "conditional":
      visit(expression.then);
      visit(expression.otherwise);
      break;
    case "subscript":
      // `os.environ["DATABASE_URL"]`, `DATABASE_CONFIG["default"]`
      if (expression.index.kind === "literal" && /URL|ENGINE/.test(String(expression.index.value))) evidence.fromEnvironment = true;
      visit(expression.object);
      break;
    case "name": {
      const changes = settings.changesOf(scope.uri, expression.name);
      for (const change of changes) collectFrom(change, settings, reader, evidence);
      break;
    }
    case "attribute": {
      const found = reader.follow(scope, expression);
      if (found.expression !== expression) collectFrom(found, settings, reader, evidence);
      break;
    }
    case "sequence":
      expression.items.forEach(visit);
      break;
  }
}
