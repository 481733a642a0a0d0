import type { AttributeDeclaration, Call, Expression } from "../../../facts";
import type { DatabaseEngine, ProjectCore } from "../../../project";
import { readColumns, type ColumnDraft } from "./columns";
import { readConstraints, type Constraints } from "./constraints";
import { chainOf, DrizzleNames, type Scoped, stringOf } from "./expressions";

/** A table, or a view, as a module declares it. */
export interface TableDraft {
  /** `<uri>#<name of the value>`. */
  readonly key: string;
  readonly uri: string;
  readonly declaration: AttributeDeclaration;
  /** The call of `pgTable(…)` itself. */
  readonly call: Call;
  /** The name in the database, where it is written. */
  readonly table?: string;
  readonly engine: DatabaseEngine;
  readonly isView: boolean;
  readonly columns: ReadonlyMap<string, ColumnDraft>;
  readonly constraints: Constraints;
  readonly incomplete: boolean;
}

type Maker = { readonly engine: DatabaseEngine; readonly isView: boolean };

const TABLES = /^drizzle-orm\/(pg|mysql|sqlite|singlestore|gel|cockroach|mssql)-core\.(?:pg|mysql|sqlite|singlestore|gel|cockroach|mssql)(Table|View|MaterializedView|TableCreator|Schema)$/;

const ENGINES: Readonly<Record<string, DatabaseEngine>> = { pg: "postgresql", mysql: "mysql", sqlite: "sqlite" };

/** All tables of the workspace, in order. */
export function readTables(core: ProjectCore): readonly TableDraft[] {
  const names = new DrizzleNames(core);
  const tables: TableDraft[] = [];
  for (const uri of core.uris) {
    const facts = core.files.get(uri);
    if (facts?.language !== "typescript") continue;
    for (const declaration of facts.declares.values) {
      if (!declaration.value || !mayBeTable(declaration.value)) continue;
      const draft = readTable(names, uri, declaration);
      if (draft) tables.push(draft);
    }
  }
  return tables;
}

/** A call with a name first, or nothing this module would call a table: spares looking names up. */
function mayBeTable(value: Expression): boolean {
  const plain = value.kind === "cast" ? value.operand : value;
  return plain.kind === "call";
}

function readTable(names: DrizzleNames, uri: string, declaration: AttributeDeclaration): TableDraft | undefined {
  const { root, steps } = chainOf({ uri, expression: declaration.value! });
  // `pgTable(…).enableRLS()`, `pgView(…).as(…)`
  const call = root.kind === "call" ? root : steps[0]?.call;
  if (!call || root.kind !== "call") return undefined;
  const maker = makerOf(names, { uri, expression: root.callee });
  if (!maker) return undefined;
  const [name, columns, extra] = root.arguments;
  const table = stringOf(name?.value);
  const read = columns ? readColumns(names, { uri, expression: columns.value }) : { columns: [], incomplete: true };
  const byName = new Map(read.columns.map((each) => [each.name, each]));
  const constraints = readConstraints(names, { uri, call: root, extra: extra?.value, columns: byName });
  for (const { columns: [column, ...others], reference } of constraints.foreignKeys) {
    const own = byName.get(column);
    if (own && others.length === 0) byName.set(column, { ...own, references: own.references ?? reference });
  }
  return {
    key: `${uri}#${declaration.name}`, uri, declaration, call: root, ...(table !== undefined && { table }), engine: maker.engine, isView: maker.isView, columns: byName, constraints,
    incomplete: read.incomplete || constraints.incomplete || maker.isView,
  };
}

/** What a callee makes: `pgTable`, `pgTable.withRLS`, a creator made by `pgTableCreator`, `schema.table` of a `pgSchema`. */
function makerOf(names: DrizzleNames, given: Scoped): Maker | undefined {
  const { uri, expression } = given;
  const external = names.external(uri, expression);
  const match = external === undefined ? null : TABLES.exec(external);
  if (match) return match[2] === "TableCreator" || match[2] === "Schema" ? undefined : { engine: ENGINES[match[1]] ?? "unknown", isView: match[2].endsWith("View") };
  if (external !== undefined && /\.withRLS$/.test(external)) return makerOf(names, { uri, expression: expression.kind === "attribute" ? expression.object : expression });
  if (expression.kind === "attribute") {
    if (expression.name === "withRLS") return makerOf(names, { uri, expression: expression.object });
    if (!/^(table|view|materializedView)$/.test(expression.name)) return undefined;
    const schema = madeBy(names, { uri, expression: expression.object }, "Schema");
    return schema && { engine: schema, isView: expression.name !== "table" };
  }
  const engine = madeBy(names, given, "TableCreator");
  return engine && { engine, isView: false };
}

/** The engine of a module-level value that a call of `pgTableCreator` or `pgSchema` made. */
function madeBy(names: DrizzleNames, given: Scoped, kind: "TableCreator" | "Schema"): DatabaseEngine | undefined {
  const { uri, expression } = names.follow(given);
  if (expression.kind !== "call") return undefined;
  const external = names.external(uri, expression.callee);
  const match = external === undefined ? null : TABLES.exec(external);
  return match?.[2] === kind ? ENGINES[match[1]] ?? "unknown" : undefined;
}
