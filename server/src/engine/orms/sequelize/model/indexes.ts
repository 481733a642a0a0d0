import type { Expression } from "../../../facts";
import type { ClassRef, DatabaseEngine, DatabaseIndex, IndexColumn, ProjectCore } from "../../../project";
import { placeOf, type ModelDraft } from "./drafts";
import { underscore } from "./naming";
import { argument, bare, flagOf, itemsOf, lastNameOf, textOf, valueAt, type Placed, type Reader } from "./reading";

/** The indexes of a model's table that its own declaration makes (documentation: *Indexes & Uniques*). */
export function declaredIndexes(core: ProjectCore, reader: Reader, draft: ModelDraft, engine: DatabaseEngine): readonly DatabaseIndex[] {
  return [...columnIndexes(draft), ...optionIndexes(reader, draft), ...(draft.ref ? decoratedIndexes(core, reader, draft, draft.ref) : []), ...(engine === "mysql" ? keyIndexes(draft) : [])];
}

/** A btree over whole columns. */
export function plainIndex(names: readonly string[], unique: boolean, source: DatabaseIndex["source"]): DatabaseIndex {
  return { columns: names.map((field) => ({ field, descending: false })), unique, method: "btree", partial: false, include: [], source };
}

function columnIndexes(draft: ModelDraft): readonly DatabaseIndex[] {
  const indexes: DatabaseIndex[] = [];
  const keys = [...draft.attributes.values()].filter((each) => each.primaryKey);
  if (keys.length > 0) indexes.push({ ...plainIndex(keys.map(({ name }) => name), true, "primary-key"), declaredAt: keys[0].declaredAt });
  const composites = new Map<string, string[]>();
  for (const { name, unique, primaryKey, declaredAt, declaration } of draft.attributes.values()) {
    if (unique === false || (primaryKey && keys.length === 1)) continue;
    if (unique === true) indexes.push({ ...plainIndex([name], true, "unique"), declaredAt, declaration });
    else composites.set(unique, [...(composites.get(unique) ?? []), name]);
  }
  for (const [name, fields] of composites) indexes.push({ ...plainIndex(fields, true, "unique-together"), name });
  return indexes;
}

/** InnoDB makes an index for a foreign key that has none (MySQL: *FOREIGN KEY Constraints*). */
function keyIndexes(draft: ModelDraft): readonly DatabaseIndex[] {
  const keys = new Set(draft.associations.flatMap((each) => (each.method === "belongsTo" && each.constraints && each.foreignKey !== undefined ? [each.foreignKey] : [])));
  for (const each of draft.attributes.values()) if (each.references) keys.add(each.name);
  return [...keys].map((name) => plainIndex([name], false, "foreign-key"));
}

/** `indexes: [{ fields: ["authorId"], unique: true }]` in the options. */
function optionIndexes(reader: Reader, draft: ModelDraft): readonly DatabaseIndex[] {
  if (!draft.optionsAt) return [];
  const { uri, expression } = reader.follow(draft.optionsAt);
  const listed = valueAt(expression, "indexes");
  const list = listed && reader.follow({ uri, expression: listed });
  return itemsOf(list?.expression).flatMap((each) => {
    const item = reader.follow({ uri: list!.uri, expression: each });
    return item.expression.kind === "mapping" ? [indexOf(draft, item, itemsOf(valueAt(item.expression, "fields")))] : [];
  });
}

function indexOf(draft: ModelDraft, { uri, expression }: Placed, fields: readonly Expression[], source: DatabaseIndex["source"] = "meta-index"): DatabaseIndex {
  const using = textOf(valueAt(expression, "using"))?.toLowerCase();
  const operator = textOf(valueAt(expression, "operator"));
  const type = textOf(valueAt(expression, "type"))?.toUpperCase();
  return {
    name: textOf(valueAt(expression, "name")),
    columns: fields.map((each) => columnOf(draft, each, operator)),
    unique: flagOf(valueAt(expression, "unique")) === true || type === "UNIQUE",
    method: methodOf(using ?? (type === "FULLTEXT" || type === "SPATIAL" ? "other" : "btree")),
    partial: valueAt(expression, "where") !== undefined,
    include: [], source, declaredAt: placeOf(uri, expression), declaration: { uri, expression },
  };
}

function methodOf(using: string): DatabaseIndex["method"] {
  return using === "btree" || using === "gin" || using === "gist" || using === "hash" || using === "brin" ? using : "other";
}

/** A name, `{ name, order, operator }`, `sequelize.fn("lower", sequelize.col("email"))`. */
export function columnOf(draft: ModelDraft, expression: Expression, operator: string | undefined): IndexColumn {
  const inner = bare(expression);
  const text = textOf(inner) ?? textOf(valueAt(inner, "name")) ?? textOf(valueAt(inner, "attribute"));
  if (text !== undefined) {
    return { field: fieldNamed(draft, text), descending: textOf(valueAt(inner, "order"))?.toUpperCase() === "DESC", ...opclass(textOf(valueAt(inner, "operator")) ?? operator) };
  }
  return { expression: functionText(draft, inner) ?? "?", descending: false, ...opclass(operator) };
}

function opclass(operator: string | undefined): { readonly opclass?: string } {
  return operator === undefined ? {} : { opclass: operator };
}

/** `lower(email)` as rules know it: `Lower(email)`. */
function functionText(draft: ModelDraft, expression: Expression): string | undefined {
  if (expression.kind !== "call" || lastNameOf(expression) !== "fn") return undefined;
  const name = textOf(argument(expression, 0))?.toLowerCase();
  const column = argument(expression, 1);
  const inner = column?.kind === "call" && lastNameOf(column) === "col" ? textOf(argument(column, 0)) : undefined;
  return (name === "lower" || name === "upper") && inner !== undefined ? `${name === "lower" ? "Lower" : "Upper"}(${fieldNamed(draft, inner)})` : undefined;
}

/** The attribute that a name of an attribute or of a column means. */
export function fieldNamed(draft: ModelDraft, name: string): string {
  if (draft.attributes.has(name)) return name;
  for (const each of draft.attributes.values()) if (each.column === name) return each.name;
  // `underscored` may be handed to `init` where nobody sees it.
  for (const each of draft.attributes.values()) if (underscore(each.name) === name) return each.name;
  return name;
}

/**
 * Indexes, and the same ones for attributes that stand for the same columns: `Order.belongsTo(Book)` has made `bookId` of `book_id`, where
 * `Reader.belongsToMany(Book, { through: Order, otherKey: "book_id" })` makes an attribute of that name.
 */
export function forTwins(draft: ModelDraft, indexes: readonly DatabaseIndex[]): readonly DatabaseIndex[] {
  const byColumn = new Map<string, string[]>();
  for (const { name, column } of draft.attributes.values()) byColumn.set(column, [...(byColumn.get(column) ?? []), name]);
  if (byColumn.size === draft.attributes.size) return indexes;
  const namesOf = ({ field }: IndexColumn): readonly string[] => (field === undefined ? [] : (byColumn.get(draft.attributes.get(field)?.column ?? "") ?? []).filter((each) => each !== field));
  const twins = indexes.flatMap((index): readonly DatabaseIndex[] => {
    const others = index.columns.map(namesOf);
    const { name, unique, method, partial, include, source } = index;
    return Array.from({ length: Math.max(0, ...others.map((names) => names.length)) }, (_, at) => ({
      ...(name !== undefined && { name }), unique, method, partial, include, source, isMigrated: true,
      columns: index.columns.map((column, i): IndexColumn => ({ ...column, ...(others[i].length > 0 && { field: others[i][at] ?? others[i][0] }) })),
    }));
  });
  return [...indexes, ...twins];
}

/** `@Index`, `@Index("name")`, `@Index({ name, unique, using })` on properties: those of one name are one index. */
function decoratedIndexes(core: ProjectCore, reader: Reader, draft: ModelDraft, ref: ClassRef): readonly DatabaseIndex[] {
  const named = new Map<string, DatabaseIndex>();
  const indexes: DatabaseIndex[] = [];
  for (const ancestor of core.ancestors(ref)) {
    if (!("class" in ancestor)) continue;
    const { uri, declaration } = ancestor.class;
    for (const property of declaration.attributes) {
      for (const decorator of property.decorators ?? []) {
        if (!isIndexDecorator(core, uri, decorator)) continue;
        const written = decorator.kind === "call" ? argument(decorator, 0) : undefined;
        const given = written && reader.follow({ uri, expression: written }).expression;
        const read = indexOf(draft, { uri, expression: given?.kind === "mapping" ? given : decorator }, [], "db-index");
        const column: IndexColumn = { field: property.name, descending: textOf(valueAt(given, "order"))?.toUpperCase() === "DESC", ...opclass(textOf(valueAt(given, "operator"))) };
        const name = textOf(given) ?? read.name ?? (given === undefined && decorator.kind !== "call" ? undefined : textOf(valueAt(given, "name")));
        const known = name === undefined ? undefined : named.get(name);
        if (known) (known.columns as IndexColumn[]).push(column);
        else {
          const index: DatabaseIndex = { ...read, name, columns: [column], declaredAt: placeOf(uri, decorator), declaration: { uri, expression: decorator } };
          if (name !== undefined) named.set(name, index);
          indexes.push(index);
        }
      }
    }
  }
  return indexes;
}

/** Also what `createIndexDecorator(…)` made. */
function isIndexDecorator(core: ProjectCore, uri: string, decorator: Expression): boolean {
  const name = lastNameOf(decorator);
  if (name === "Index") return true;
  const callee = decorator.kind === "call" ? decorator.callee : decorator;
  const symbol = /index/i.test(name) ? core.resolveExpression(uri, callee) : undefined;
  return symbol?.kind === "value" && symbol.value.value?.kind === "call" && lastNameOf(symbol.value.value) === "createIndexDecorator";
}
