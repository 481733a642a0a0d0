import type { Expression } from "../../../facts";
import type { ProjectCore, Relation } from "../../../project";
import type { Location } from "../../../source";
import type { Reference } from "./columns";
import { DrizzleNames, entryOf, keyText, type Scoped, stringOf, uncast } from "./expressions";
import type { TableDraft } from "./tables";

/** A relation as `relations(…)` or `defineRelations(…)` declares it; a foreign key that none of them names is one as well, under the name of its column. */
interface RelationDraft {
  readonly name: string;
  readonly source: string;
  readonly target: string;
  readonly kind: "one" | "many";
  /** Columns of the source and of the target that are compared, where they are given. */
  readonly fields: readonly string[];
  readonly references: readonly string[];
  readonly alias?: string;
  readonly through?: string;
  readonly declaredAt: Location;
}

type Tables = ReadonlyMap<string, TableDraft>;

const RELATIONS = /^drizzle-orm(\/_?relations)?\.relations$/;
const DEFINED = /^drizzle-orm(\/relations)?\.defineRelations(Part)?$/;

/** All relations by the key of the table that has them. */
export function readRelations(core: ProjectCore, tables: Tables): ReadonlyMap<string, ReadonlyMap<string, Relation>> {
  const names = new DrizzleNames(core);
  const reader = new RelationReader(names, tables);
  for (const uri of core.uris) {
    const facts = core.files.get(uri);
    if (facts?.language !== "typescript") continue;
    for (const { value } of facts.declares.values) {
      const call = value && uncast(value);
      if (call?.kind !== "call") continue;
      const callee = names.external(uri, call.callee);
      if (callee === undefined) continue;
      if (RELATIONS.test(callee)) reader.readRelations(uri, call.arguments.map((argument) => argument.value));
      else if (DEFINED.test(callee)) reader.readDefined(uri, call.arguments.map((argument) => argument.value));
    }
  }
  return join(names, tables, reader.drafts);
}

class RelationReader {
  readonly drafts: RelationDraft[] = [];

  constructor(private readonly names: DrizzleNames, private readonly tables: Tables) {}

  /** `relations(users, ({ one, many }) => ({ posts: many(posts) }))` */
  readRelations(uri: string, [table, config]: readonly Expression[]): void {
    const source = table && tableKey(this.names, this.tables, { uri, expression: table });
    const result = config && this.resultOf({ uri, expression: config });
    if (source === undefined || result?.expression.kind !== "mapping") return;
    for (const { key, value } of result.expression.entries) {
      const name = key && keyText(key);
      const call = uncast(value);
      if (name === undefined || call.kind !== "call") continue;
      const made = call.callee.kind === "attribute" || call.callee.kind === "name" ? call.callee.name : undefined;
      const target = call.arguments[0] && tableKey(this.names, this.tables, { uri: result.uri, expression: call.arguments[0].value });
      if ((made !== "one" && made !== "many") || target === undefined) continue;
      const options = call.arguments[1] && uncast(call.arguments[1].value);
      const given = options?.kind === "mapping" ? options : undefined;
      const alias = stringOf(given && entryOf(given, "relationName"));
      this.drafts.push({
        name, source, target, kind: made, fields: columnsOf(given && entryOf(given, "fields")), references: columnsOf(given && entryOf(given, "references")),
        ...(alias !== undefined && { alias }), declaredAt: { uri: result.uri, span: { start: key!.start, end: key!.end } },
      });
    }
  }

  /** `defineRelations(schema, (r) => ({ users: { posts: r.many.posts({ from: r.users.id, to: r.posts.userId }) } }))` */
  readDefined(uri: string, [schema, config]: readonly Expression[]): void {
    const result = config && this.resultOf({ uri, expression: config });
    if (!schema || result?.expression.kind !== "mapping") return;
    const keyOf = (name: string): string | undefined => memberKey(this.names, this.tables, { uri, expression: schema }, name);
    for (const { key, value } of result.expression.entries) {
      const source = key && keyOf(keyText(key) ?? "");
      const own = uncast(value);
      if (source === undefined || own.kind !== "mapping") continue;
      for (const entry of own.entries) {
        const name = entry.key && keyText(entry.key);
        const call = uncast(entry.value);
        if (name === undefined || call.kind !== "call" || call.callee.kind !== "attribute" || call.callee.object.kind !== "attribute") continue;
        const kind = call.callee.object.name;
        const target = keyOf(call.callee.name);
        if ((kind !== "one" && kind !== "many") || target === undefined) continue;
        const options = call.arguments[0] && uncast(call.arguments[0].value);
        const given = options?.kind === "mapping" ? options : undefined;
        const from = given && entryOf(given, "from");
        const to = given && entryOf(given, "to");
        const alias = stringOf(given && entryOf(given, "alias"));
        const through = throughTable(from);
        this.drafts.push({
          name, source, target, kind, fields: columnsOf(from), references: columnsOf(to), ...(alias !== undefined && { alias }),
          ...(through !== undefined && keyOf(through) !== undefined && { through: keyOf(through) }), declaredAt: { uri: result.uri, span: { start: entry.key!.start, end: entry.key!.end } },
        });
      }
    }
  }

  private resultOf(given: Scoped): Scoped | undefined {
    const { uri, expression } = this.names.follow(given);
    return expression.kind === "function" ? this.names.returned(uri, expression.function) : undefined;
  }
}

/** The names of `[users.id]`, or of `users.id` alone; those of the source in `r.users.id.through(…)`. */
function columnsOf(expression: Expression | undefined): readonly string[] {
  if (!expression) return [];
  const plain = uncast(expression);
  const list = plain.kind === "sequence" ? plain.items : [plain];
  return list.flatMap((each) => {
    const column = uncast(each);
    if (column.kind === "attribute") return [column.name];
    return column.kind === "call" && column.callee.kind === "attribute" && column.callee.object.kind === "attribute" ? [column.callee.object.name] : [];
  });
}

/** `usersToGroups` of `r.users.id.through(r.usersToGroups.userId)`. */
function throughTable(from: Expression | undefined): string | undefined {
  const plain = from && uncast(from);
  if (plain?.kind !== "call" || plain.callee.kind !== "attribute" || plain.callee.name !== "through") return undefined;
  const column = plain.arguments[0]?.value;
  return column?.kind === "attribute" && column.object.kind === "attribute" ? column.object.name : undefined;
}

/** The key of the table that an expression names. */
function tableKey(names: DrizzleNames, tables: Tables, { uri, expression }: Scoped): string | undefined {
  const symbol = names.symbol(uri, expression);
  if (symbol?.kind !== "value") return undefined;
  const key = `${symbol.uri}#${symbol.value.name}`;
  return tables.has(key) ? key : undefined;
}

/** The table `name` of a schema: a namespace of a module, or an object literal with tables and further such spreads. */
function memberKey(names: DrizzleNames, tables: Tables, schema: Scoped, name: string, depth = 0): string | undefined {
  const symbol = names.symbol(schema.uri, schema.expression);
  if (symbol?.kind === "module") {
    const member = names.core.resolveMember(symbol, name);
    const key = member?.kind === "value" ? `${member.uri}#${member.value.name}` : undefined;
    return key !== undefined && tables.has(key) ? key : undefined;
  }
  const { uri, expression } = names.follow(schema);
  if (expression.kind !== "mapping" || depth > 4) return undefined;
  const entry = entryOf(expression, name);
  if (entry) return tableKey(names, tables, { uri, expression: entry });
  for (const each of expression.entries) {
    const key = each.key ? undefined : memberKey(names, tables, { uri, expression: each.value }, name, depth + 1);
    if (key !== undefined) return key;
  }
  return undefined;
}

/** Relations with their ways back, and the foreign keys that no relation names. */
function join(names: DrizzleNames, tables: Tables, drafts: readonly RelationDraft[]): ReadonlyMap<string, ReadonlyMap<string, Relation>> {
  const bySource = new Map<string, RelationDraft[]>();
  for (const draft of drafts) bySource.set(draft.source, [...(bySource.get(draft.source) ?? []), draft]);
  const joined = new Map<string, Map<string, Relation>>();
  for (const table of tables.values()) {
    const own = new Map<string, Relation>();
    for (const draft of bySource.get(table.key) ?? []) own.set(draft.name, relationOf(names, draft, tables, bySource));
    const named = new Set([...own.values()].flatMap((relation) => (relation.unconstrained ? [] : relation.column ?? [])));
    for (const column of table.columns.values()) if (column.references && !named.has(column.name) && !own.has(column.name)) own.set(column.name, keyRelation(names, table, column.name, tables));
    joined.set(table.key, own);
  }
  return joined;
}

/** Whether a draft's own columns are the foreign key, and not what one refers to. */
function isForward(draft: RelationDraft, tables: Tables): boolean {
  if (draft.kind !== "one" || draft.fields.length === 0) return false;
  const source = tables.get(draft.source);
  const column = source?.columns.get(draft.fields[0]);
  if (column?.references) return true;
  const referred = tables.get(draft.target)?.columns.get(draft.references[0]);
  // `one(profiles, { from: users.id, to: profiles.userId })`: the key is on the other side.
  return !(column?.primaryKey === true && referred?.primaryKey !== true);
}

function relationOf(names: DrizzleNames, draft: RelationDraft, tables: Tables, bySource: ReadonlyMap<string, readonly RelationDraft[]>): Relation {
  const source = tables.get(draft.source)!;
  const forward = isForward(draft, tables);
  const back = wayBack(names, draft, forward, tables, bySource);
  const column = forward && draft.fields.length === 1 ? source.columns.get(draft.fields[0]) : undefined;
  const isUnique = column !== undefined && (column.unique || (column.primaryKey && source.constraints.primaryKey === undefined));
  return {
    kind: "relation", name: draft.name, queryName: draft.name, cardinality: draft.kind, owner: draft.source, target: draft.target, declaredAt: column?.references ? column.declaredAt : draft.declaredAt,
    form: draft.through !== undefined ? "many-to-many" : draft.kind === "many" ? "reverse-foreign-key" : !forward ? "reverse-one-to-one" : isUnique ? "one-to-one" : "foreign-key",
    nullable: forward ? draft.fields.some((field) => source.columns.get(field)?.notNull === false) : true,
    ...(column && { column: column.name }), ...(forward && draft.fields.length > 1 && { columns: draft.fields }), ...keyOf(names, tables, draft, forward), ...(back !== undefined && { inverse: back }), ...(draft.through !== undefined && { through: draft.through }),
  };
}

/** What the database knows of a relation: nothing, unless its columns are declared to refer to others. */
function keyOf(names: DrizzleNames, tables: Tables, { fields, source: owner, target }: RelationDraft, forward: boolean): Pick<Relation, "onDelete" | "unconstrained"> {
  if (!forward) return {};
  const source = tables.get(owner)!;
  const reference = fields.length === 1 ? source.columns.get(fields[0])?.references : source.constraints.foreignKeys.find((key) => key.columns.length === fields.length && key.columns.every((column) => fields.includes(column)))?.reference;
  // The column may refer to another table than the one that it is compared with here.
  return reference && targetKey(names, tables, reference) === target ? onDeleteOf(reference) : { unconstrained: true };
}

function onDeleteOf({ onDelete }: Reference): Pick<Relation, "onDelete"> {
  switch (onDelete) {
    case "cascade": return { onDelete: "cascade" };
    case "set null":
    case "set default": return { onDelete: "set-null" };
    // Nothing said is `NO ACTION`: the row that is referred to cannot go.
    default: return { onDelete: "restrict" };
  }
}

/** The name of the relation that leads back: the one with the same alias, or the only one between both tables. Of a foreign key that no relation names, its column. */
function wayBack(names: DrizzleNames, draft: RelationDraft, forward: boolean, tables: Tables, bySource: ReadonlyMap<string, readonly RelationDraft[]>): string | undefined {
  const candidates = (bySource.get(draft.target) ?? []).filter((other) => other !== draft && other.target === draft.source && other.alias === draft.alias && isForward(other, tables) !== forward);
  if (candidates.length === 1) return candidates[0].name;
  if (forward || candidates.length > 1) return undefined;
  const target = tables.get(draft.target);
  const keys = [...(target?.columns.values() ?? [])].filter((column) => column.references && targetKey(names, tables, column.references) === draft.source && (draft.references.length === 0 || draft.references.includes(column.name)));
  return keys.length === 1 ? keys[0].name : undefined;
}

/** `userId: integer().references(() => users.id)`. */
function keyRelation(names: DrizzleNames, table: TableDraft, name: string, tables: Tables): Relation {
  const column = table.columns.get(name)!;
  const isUnique = column.unique || (column.primaryKey && table.constraints.primaryKey === undefined);
  const target = targetKey(names, tables, column.references!);
  return {
    kind: "relation", name, queryName: name, form: isUnique ? "one-to-one" : "foreign-key", cardinality: "one", owner: table.key, column: name, nullable: !column.notNull, declaredAt: column.declaredAt,
    ...(target !== undefined && { target }), ...onDeleteOf(column.references!),
  };
}

/** The table of `users.id`. */
function targetKey(names: DrizzleNames, tables: Tables, { uri, target }: Reference): string | undefined {
  return target.kind === "attribute" ? tableKey(names, tables, { uri, expression: target.object }) : undefined;
}
