import { forEachChild, type Call, type Expression, type FileFacts, type Statement } from "../../../facts";
import { forEachExpression, forEachStatement, type DatabaseIndex, type Relation } from "../../../project";
import type { Location } from "../../../source";
import { ANY_TABLE, writtenSql } from "../../script/sql-literals";
import { schemaChangesIn } from "../../script/sql-schema";
import type { DraftTable } from "./tables";

export type Tables = Map<string, DraftTable>;

interface Step {
  readonly name: string;
  readonly call: Call;
}

/** Reads what a migration does on the way up: `db.schema.createTable(…)…execute()` and its kin. */
export function readMigration(facts: FileFacts, tables: Tables): void {
  const reader = new MigrationReader(facts, tables);
  const up = facts.declares.functions.find(({ name }) => name === "up");
  reader.readAll(up ? facts.bodies[up.id] ?? [] : []);
}

class MigrationReader {
  constructor(private readonly facts: FileFacts, private readonly tables: Tables) {}

  readAll(statements: readonly Statement[]): void {
    forEachStatement(statements, (statement) => forEachExpression(statement, (each) => this.read(each)));
  }

  private read(node: Expression): void {
    if (node.kind === "call") {
      const chain = chainOf(node);
      if (chain && this.readChain(chain)) return;
    }
    if (node.kind === "literal" || node.kind === "format") return this.readSql(node);
    if (node.kind === "function") this.readAll(this.facts.bodies[node.function.id] ?? []);
    else forEachChild(node, (child) => this.read(child));
  }

  /** `` sql`CREATE INDEX …`.execute(db) `` */
  private readSql(node: Expression): void {
    for (const change of schemaChangesIn(writtenSql(node, () => undefined) ?? "")) {
      const table = "table" in change && change.table !== undefined ? this.tables.get(change.table) : undefined;
      const index = change.kind === "create-index" ? change.index : change.kind === "add" && change.part.kind === "index" ? change.part.index : undefined;
      if (table && index) {
        const { name, columns, unique, method, partial, isKey } = index;
        table.indexes.push({ ...(name !== undefined && { name }), columns: columns.map((each) => (each.field === undefined ? { ...each, expression: "?" } : each)), unique, method, partial, include: [], source: isKey ? "primary-key" : unique ? "constraint" : "meta-index", declaredAt: this.at(node) });
      } else if (table) table.isUncertain = true;
      else if ("table" in change && change.table === ANY_TABLE) for (const each of this.tables.values()) each.isUncertain = true;
      else if (change.kind === "unread") for (const each of this.tables.values()) if (new RegExp(String.raw`\b${each.name}\b`).test(change.statement)) each.isUncertain = true;
    }
  }

  private readChain([first, ...steps]: readonly Step[]): boolean {
    const name = textOf(first.call.arguments[0]?.value);
    switch (first.name) {
      case "createTable": {
        if (name === undefined) return true;
        const table: DraftTable = { name, at: this.at(first.call.arguments[0]), columns: new Map(), primaryKey: [], indexes: [], references: [], isUncertain: false };
        this.tables.set(name, table);
        this.change(table, steps);
        return true;
      }
      case "alterTable": {
        const table = name === undefined ? undefined : this.tables.get(name);
        if (table) this.change(table, steps);
        else if (name === undefined && steps.some((step) => step.name === "addUniqueConstraint")) for (const each of this.tables.values()) each.isUncertain = true;
        return true;
      }
      case "dropTable":
        if (name !== undefined) this.tables.delete(name);
        return true;
      case "createIndex":
        this.createIndex(name, first, steps);
        return true;
      case "dropIndex":
        for (const table of this.tables.values()) table.indexes = table.indexes.filter((index) => index.name !== name);
        return true;
      default: return false;
    }
  }

  private change(table: DraftTable, steps: readonly Step[]): void {
    for (const { name, call } of steps) {
      const [first, second, third] = call.arguments.map(({ value }) => value);
      switch (name) {
        case "addColumn": this.addColumn(table, call); break;
        case "dropColumn": {
          const column = textOf(first);
          if (column !== undefined) table.columns.delete(column);
          break;
        }
        case "addPrimaryKeyConstraint": table.primaryKey = textsOf(second); break;
        case "addUniqueConstraint": table.indexes.push(this.index(textsOf(second), call, { name: textOf(first), unique: true, source: "constraint" })); break;
        case "addForeignKeyConstraint": {
          const target = textOf(third);
          const onDelete = onDeleteIn(this.builderSteps(call.arguments[4]?.value));
          if (target !== undefined && textsOf(second).length > 0) table.references.push({ columns: textsOf(second), table: target, at: this.at(call.arguments[0] ?? call), onDelete });
          break;
        }
        case "renameTo":
        case "renameColumn":
        case "setSchema":
        case "$call": table.isUncertain = true; break;
      }
    }
  }

  private addColumn(table: DraftTable, call: Call): void {
    const [first, second, third] = call.arguments.map(({ value }) => value);
    const name = textOf(first);
    if (name === undefined) {
      table.isUncertain = true;
      return;
    }
    const steps = this.builderSteps(third);
    const has = (each: string): boolean => steps.some((step) => step.name === each);
    table.columns.set(name, { name, type: textOf(second) ?? "?", at: this.at(call.arguments[0]), notNull: has("notNull") || has("primaryKey"), unique: has("unique"), primaryKey: has("primaryKey") });
    if (has("primaryKey")) table.primaryKey = [name];
    const target = textOf(steps.find((step) => step.name === "references")?.call.arguments[0]?.value);
    const dot = target?.lastIndexOf(".") ?? -1;
    if (target !== undefined && dot > 0) table.references.push({ columns: [name], table: target.slice(0, dot), at: this.at(call.arguments[0]), onDelete: onDeleteIn(steps) });
  }

  private createIndex(name: string | undefined, first: Step, steps: readonly Step[]): void {
    const given = steps.find((step) => step.name === "on")?.call.arguments[0]?.value;
    const on = textOf(given);
    // It may be on any table.
    if (given && on === undefined) for (const each of this.tables.values()) each.isUncertain = true;
    const table = on === undefined ? undefined : this.tables.get(on);
    if (!table) return;
    const columns = steps.flatMap(({ name: step, call }) => (step === "column" ? [textOf(call.arguments[0]?.value) ?? "?"] : step === "columns" ? textsOf(call.arguments[0]?.value) : step === "expression" ? ["?"] : []));
    const method = textOf(steps.find((step) => step.name === "using")?.call.arguments[0]?.value);
    table.indexes.push(this.index(columns, first.call, {
      name, unique: steps.some((step) => step.name === "unique"), partial: steps.some((step) => step.name === "where"), source: "meta-index",
      method: method === undefined || method === "btree" ? "btree" : /^(gin|gist|hash|brin)$/.test(method) ? method as DatabaseIndex["method"] : "other",
    }));
  }

  private index(columns: readonly string[], call: Call, more: Partial<DatabaseIndex>): DatabaseIndex {
    return {
      columns: columns.map((column) => {
        const [field, direction] = column.trim().split(/\s+/);
        return /^\w+$/.test(field) ? { field, descending: direction === "desc" } : { expression: "?", descending: false };
      }),
      unique: false, method: "btree", partial: false, include: [], source: "meta-index", declaredAt: this.at(call), ...more,
    };
  }

  /** `(col) => col.references("authors.id").notNull()`: the calls in it. */
  private builderSteps(builder: Expression | undefined): readonly Step[] {
    if (builder?.kind !== "function") return [];
    const [statement] = this.facts.bodies[builder.function.id] ?? [];
    const steps: Step[] = [];
    for (let node: Expression | undefined = statement?.kind === "return" ? statement.value : undefined; node?.kind === "call" && node.callee.kind === "attribute"; node = node.callee.object) steps.unshift({ name: node.callee.name, call: node });
    return steps;
  }

  private at({ start, end }: { readonly start: number; readonly end: number }): Location {
    return { uri: this.facts.uri, span: { start, end } };
  }
}

/** The calls of `db.schema.createTable("x").addColumn(…).execute()` from `createTable` on; undefined for what is no such chain. */
function chainOf(node: Call): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (let each: Expression = node; each.kind === "call" && each.callee.kind === "attribute"; each = each.callee.object) {
    steps.unshift({ name: each.callee.name, call: each });
    const { object } = each.callee;
    if (object.kind === "attribute" && object.name === "schema") return steps;
  }
  return undefined;
}

function onDeleteIn(steps: readonly Step[]): Relation["onDelete"] {
  const action = textOf(steps.find((step) => step.name === "onDelete")?.call.arguments[0]?.value);
  return action === "cascade" ? "cascade" : action === "set null" || action === "set default" ? "set-null" : "restrict";
}

function textOf(node: Expression | undefined): string | undefined {
  return node?.kind === "literal" && typeof node.value === "string" ? node.value : undefined;
}

function textsOf(node: Expression | undefined): readonly string[] {
  return node?.kind === "sequence" ? node.items.flatMap((item) => textOf(item) ?? []) : [];
}
