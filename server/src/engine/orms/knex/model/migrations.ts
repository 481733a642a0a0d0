import { forEachChild, type Call, type Expression, type FileFacts, type Statement } from "../../../facts";
import type { Relation } from "../../../project";
import { writtenSql } from "../../script/sql-literals";
import { readDbMigrate, type Texts } from "./db-migrate";
import { readSql } from "./sql";
import { contentOf, index, type DraftColumn, type DraftReference, type DraftTable } from "./tables";

/** Tables by name while the migrations of one folder are read in their order. */
export type Tables = Map<string, DraftTable>;

/** Reads what a migration does on the way up. Constants of the file that name tables are followed. */
export function readMigration(facts: FileFacts, tables: Tables): void {
  const names = new Map<string, string>();
  for (const { name, value } of facts.declares.values) {
    const text = value?.kind === "format" && value.parts.length > 0 ? undefined : writtenSql(value, () => undefined);
    if (text !== undefined) names.set(name, text);
  }
  const reader = new Reader(facts, tables, names);
  const up = facts.declares.functions.find(({ name }) => name === "up") ?? facts.closures?.find(({ name, id }) => name === "up" || id === "up");
  const ids = up ? [up.id] : exportedUp(facts);
  for (const id of ids) reader.statements(facts.bodies[id] ?? []);
}

/** `exports.up = (knex) => …` is a value of the module called `up`. */
function exportedUp(facts: FileFacts): readonly string[] {
  return facts.declares.values.flatMap(({ name, value }) => (name === "up" && value?.kind === "function" ? [value.function.id] : []));
}

class Reader {
  private readonly reads: Texts = { text: (node) => this.text(node), texts: (node) => this.texts(node), at: (node) => this.at(node) };

  constructor(private readonly facts: FileFacts, private readonly tables: Tables, private readonly names: ReadonlyMap<string, string>) {}

  statements(statements: readonly Statement[]): void {
    for (const statement of statements) {
      for (const each of expressionsOf(statement)) this.expression(each);
      for (const block of blocksIn(statement)) this.statements(block);
    }
  }

  /** Calls in the order in which they run: a chain from its start. */
  private expression(node: Expression): void {
    if (node.kind === "call") {
      this.expression(node.callee);
      if (readDbMigrate(node, this.tables, this.reads) || this.schemaCall(node)) return;
      for (const { value } of node.arguments) this.expression(value);
      return;
    }
    if (node.kind === "function") return this.statements(this.facts.bodies[node.function.id] ?? []);
    forEachChild(node, (child) => this.expression(child));
  }

  /** `knex.schema.createTable("users", (table) => …)` and its kin. */
  private schemaCall(call: Call): boolean {
    if (call.callee.kind !== "attribute") return false;
    const method = call.callee.name;
    const [first, second] = call.arguments.map(({ value }) => value);
    switch (method) {
      case "createTable":
      case "createTableIfNotExists":
      case "alterTable":
      case "table": {
        const name = this.text(first);
        const builder = second?.kind === "function" ? second.function : undefined;
        const isNew = method.startsWith("createTable");
        // It may be any table that gets an index.
        if (name === undefined && builder && !isNew && this.makesIndex(this.facts.bodies[builder.id] ?? [])) for (const each of this.tables.values()) each.isUncertain = true;
        if (name === undefined || !builder) return false;
        const table = isNew ? this.create(name, first) : this.tables.get(name);
        if (table) for (const statement of this.facts.bodies[builder.id] ?? []) this.tableStatement(table, statement);
        return true;
      }
      case "dropTable":
      case "dropTableIfExists": {
        const name = this.text(first);
        if (name !== undefined) this.tables.delete(name);
        return name !== undefined;
      }
      case "renameTable": {
        const [from, to] = [this.text(first), this.text(second)];
        const table = from === undefined ? undefined : this.tables.get(from);
        if (!table || from === undefined || to === undefined) return false;
        this.tables.delete(from);
        table.name = to;
        this.tables.set(to, table);
        return true;
      }
      case "raw":
        this.sql(first, call);
        return false;
      default:
        return false;
    }
  }

  private sql(given: Expression | undefined, call: Call): void {
    let isWhole = true;
    const sql = this.text(given) ?? writtenSql(given, (part) => {
      const text = this.text(part);
      isWhole &&= text !== undefined;
      return text;
    });
    if (sql === undefined) return;
    // It may be about any table.
    if (!isWhole && /\b(?:index|unique|primary\s+key|exclude|rename)\b/i.test(sql)) for (const table of this.tables.values()) table.isUncertain = true;
    readSql(sql, this.tables, this.at(given ?? call));
  }

  private makesIndex(statements: readonly Statement[]): boolean {
    return statements.some((statement) =>
      expressionsOf(statement).some((each) => chainOf(each).some(({ name }) => name === "index" || name === "unique" || name === "primary")) || blocksIn(statement).some((block) => this.makesIndex(block)));
  }

  private create(name: string, node: Expression): DraftTable {
    const table: DraftTable = { name, at: this.at(node), columns: new Map(), indexes: [], references: [], isUncertain: false };
    this.tables.set(name, table);
    return table;
  }

  private tableStatement(table: DraftTable, statement: Statement): void {
    for (const each of expressionsOf(statement)) this.tableCall(table, each);
    for (const block of blocksIn(statement)) for (const each of block) this.tableStatement(table, each);
  }

  /** `table.integer("user_id").notNullable().references("id").inTable("users").index()` */
  private tableCall(table: DraftTable, node: Expression): void {
    const steps = chainOf(node);
    if (steps.length === 0) return;
    const [first, ...rest] = steps;
    const names = (value: Expression | undefined): readonly string[] => this.texts(value);
    switch (first.name) {
      case "timestamps":
        for (const name of ["created_at", "updated_at"]) this.column(table, name, "timestamp", first.call, rest);
        return;
      case "index":
      case "unique":
      case "primary": {
        const columns = names(first.arguments[0]);
        if (columns.length === 0) table.isUncertain = true;
        else if (first.name === "primary" && columns.length === 1) {
          const column = table.columns.get(columns[0]);
          if (column) column.isPrimary = true;
        } else {
          const named = this.text(first.arguments[1]);
          table.indexes.push(index(columns.map((field) => ({ field, descending: false })), first.name !== "index", first.name === "index" ? "meta-index" : first.name === "primary" ? "primary-key" : "constraint", this.at(first.call), { ...(named !== undefined && { name: named }), declaration: { uri: this.facts.uri, expression: first.call } }));
        }
        return;
      }
      case "dropIndex":
      case "dropUnique": {
        const columns = names(first.arguments[0]);
        const at = table.indexes.findIndex((each) => each.columns.length === columns.length && columns.every((name, i) => each.columns[i].field === name));
        if (at >= 0) table.indexes.splice(at, 1);
        const column = columns.length === 1 ? table.columns.get(columns[0]) : undefined;
        if (column && first.name === "dropIndex") column.isIndexed = false;
        if (column && first.name === "dropUnique") column.isUnique = false;
        return;
      }
      case "dropColumn":
      case "dropColumns":
        for (const name of first.arguments.flatMap(names)) table.columns.delete(name);
        return;
      case "renameColumn": {
        const [from, to] = first.arguments.map((each) => this.text(each));
        const column = from === undefined ? undefined : table.columns.get(from);
        if (column && from !== undefined && to !== undefined) {
          table.columns.delete(from);
          table.columns.set(to, { ...column, name: to });
        }
        return;
      }
      case "foreign": {
        const columns = names(first.arguments[0]);
        if (columns.length > 0) this.reference(table, columns, rest, first.call);
        return;
      }
      default:
        if (contentOf(first.name) === undefined) return;
        for (const name of first.arguments.length > 0 ? [this.text(first.arguments[0])] : first.name === "increments" || first.name === "bigIncrements" ? ["id"] : []) {
          if (name === undefined) table.isUncertain = true;
          else this.column(table, name, first.name, first.call, rest);
        }
    }
  }

  private column(table: DraftTable, name: string, type: string, call: Call, rest: readonly Step[]): void {
    const said = new Set(rest.map((step) => step.name));
    const isPrimary = /ncrements$/.test(type) || said.has("primary");
    const column: DraftColumn = {
      name, type, holds: contentOf(type) ?? "other", nullable: !isPrimary && !said.has("notNullable") && !said.has("notNull"), at: this.at(call.arguments[0]?.value ?? call), call: { uri: this.facts.uri, expression: rest.at(-1)?.call ?? call },
      isPrimary, isUnique: said.has("unique"), isIndexed: said.has("index"),
    };
    const before = table.columns.get(name);
    if (before && said.has("alter")) {
      column.isIndexed ||= before.isIndexed;
      column.isUnique ||= before.isUnique;
      column.isPrimary ||= before.isPrimary;
    }
    table.columns.set(name, column);
    if (said.has("references")) this.reference(table, [name], rest, call);
  }

  private reference(table: DraftTable, columns: readonly string[], rest: readonly Step[], call: Call): void {
    const references = rest.find((step) => step.name === "references");
    const written = this.texts(references?.arguments[0])[0];
    const within = rest.find((step) => step.name === "inTable" || step.name === "on");
    // `.references("users.id")` names the table as well.
    const target = this.text(within?.arguments[0]) ?? (written?.includes(".") ? written.slice(0, written.lastIndexOf(".")) : undefined);
    if (target === undefined) return;
    const deletes = this.text(rest.find((step) => step.name === "onDelete")?.arguments[0])?.toLowerCase();
    const onDelete: Relation["onDelete"] = deletes === "cascade" ? "cascade" : deletes === "set null" ? "set-null" : deletes === "restrict" ? "restrict" : undefined;
    const reference: DraftReference = { columns, table: target, ...(onDelete && { onDelete }), at: this.at(call) };
    table.references.push(reference);
  }

  private text(node: Expression | undefined): string | undefined {
    if (node?.kind === "literal" && typeof node.value === "string") return node.value;
    if (node?.kind === "format" && node.parts.length === 0) return node.texts?.[0];
    return node?.kind === "name" ? this.names.get(node.name) : undefined;
  }

  private texts(node: Expression | undefined): readonly string[] {
    const all = node?.kind === "sequence" ? node.items.map((item) => this.text(item)) : [this.text(node)];
    return all.every((each) => each !== undefined) ? all : [];
  }

  private at(node: { readonly start: number; readonly end: number }): { uri: string; span: { start: number; end: number } } {
    return { uri: this.facts.uri, span: { start: node.start, end: node.end } };
  }
}

/** One call of a chain on the table builder. */
interface Step {
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly call: Call;
}

/** The calls of `table.a(…).b(…)`, first to last. */
function chainOf(node: Expression): readonly Step[] {
  if (node.kind === "await") return chainOf(node.operand);
  if (node.kind !== "call" || node.callee.kind !== "attribute") return [];
  return [...chainOf(node.callee.object), { name: node.callee.name, arguments: node.arguments.map(({ value }) => value), call: node }];
}

function expressionsOf(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case "expression": return [statement.expression];
    case "assign":
    case "return": return statement.value ? [statement.value] : [];
    case "if": return [statement.test];
    default: return [];
  }
}

function blocksIn(statement: Statement): readonly (readonly Statement[])[] {
  switch (statement.kind) {
    case "if": return [statement.then, statement.otherwise];
    case "for":
    case "while":
    case "block": return [statement.body];
    case "try": return [statement.body, statement.finally];
    default: return [];
  }
}
