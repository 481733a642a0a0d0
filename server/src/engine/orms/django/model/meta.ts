import type { Call, Expression } from "../../../facts";
import type { ClassRef, DatabaseIndex, IndexColumn, ProjectCore } from "../../../project";
import type { ModelDraft } from "./drafts";
import { calleeName, keyword, positional, type ExpressionReader, type Scope, type Scoped } from "./expressions";

/** Reads a model's `Meta`, inherited attributes included. */
export class MetaReader {
  constructor(private readonly core: ProjectCore, private readonly reader: ExpressionReader) {}

  /** The value of a `Meta` attribute, with the scope that its names belong to. */
  value(meta: ClassRef | undefined, name: string): Scoped | undefined {
    const found = meta && this.core.attribute(meta, name);
    return found?.attribute.value && { scope: { uri: found.uri, class: found.owner }, expression: found.attribute.value };
  }

  string(meta: ClassRef | undefined, name: string): string | undefined {
    const value = this.value(meta, name);
    return value && this.reader.string(value.scope, value.expression);
  }

  boolean(meta: ClassRef | undefined, name: string): boolean | undefined {
    const value = this.value(meta, name);
    return value && this.reader.boolean(value.scope, value.expression);
  }

  /** `abstract` is never inherited: Django resets it on the parent's `Meta`. */
  isAbstract(ownMeta: ClassRef | undefined): boolean {
    const own = ownMeta?.declaration.attributes.findLast((each) => each.name === "abstract");
    return own?.value !== undefined && this.reader.boolean({ uri: ownMeta!.uri, class: ownMeta }, own.value) === true;
  }

  /** `["-created", "author__name"]`; undefined when some part cannot be read. */
  ordering(value: Scoped): readonly string[] | undefined {
    const items = this.reader.items(value.scope, value.expression);
    const names = items?.map((each) => this.orderingItem(each));
    return names?.every((each) => each !== undefined) ? (names as string[]) : undefined;
  }

  private orderingItem({ scope, expression }: Scoped): string | undefined {
    const column = this.indexColumn(scope, expression);
    if (column.field !== undefined) return column.descending ? `-${column.field}` : column.field;
    const text = this.reader.string(scope, expression);
    if (text !== undefined) return text;
    return expression.kind === "call" && calleeName(expression) === "Random" ? "?" : undefined;
  }

  /** `Meta.indexes`, `constraints`, `unique_together` and `index_together`. */
  indexes(draft: ModelDraft): readonly DatabaseIndex[] {
    return [
      ...this.declared(draft, "indexes", (call, scope) => this.readIndex(call, scope, draft)),
      ...this.declared(draft, "constraints", (call, scope) => this.readConstraint(call, scope, draft)),
      ...this.together(draft, "unique_together"),
      ...this.together(draft, "index_together"),
    ];
  }

  private declared(draft: ModelDraft, name: string, read: (call: Call, scope: Scope) => DatabaseIndex | undefined): readonly DatabaseIndex[] {
    const value = this.value(draft.meta, name);
    const items = value && this.partialItems(value);
    return (items ?? []).flatMap((each) => {
      const found = this.reader.follow(each.scope, each.expression);
      const index = found.expression.kind === "call" ? read(found.expression, found.scope) : undefined;
      return index ? [index] : [];
    });
  }

  /** Items of a list; of a concatenation with an unreadable part, the readable ones. */
  private partialItems(value: Scoped): readonly Scoped[] | undefined {
    const items = this.reader.items(value.scope, value.expression);
    if (items) return items;
    const found = this.reader.follow(value.scope, value.expression);
    if (found.expression.kind === "binary") {
      return [found.expression.left, found.expression.right].flatMap((each) => this.partialItems({ scope: found.scope, expression: each }) ?? []);
    }
    if (found.expression.kind !== "sequence") return undefined;
    return found.expression.items.flatMap((each) => (each.kind === "spread" ? this.partialItems({ scope: found.scope, expression: each.value }) ?? [] : [{ scope: found.scope, expression: each }]));
  }

  private readIndex(call: Call, scope: Scope, draft: ModelDraft): DatabaseIndex | undefined {
    const className = this.className(call, scope);
    const method = indexMethods[className] ?? (/Index$/.test(className) ? "other" : undefined);
    if (!method) return undefined;
    return {
      name: this.indexName(call, scope, draft),
      columns: this.columns(call, scope),
      unique: false,
      method,
      partial: isGiven(call, "condition"),
      include: this.includedColumns(call, scope),
      source: "meta-index",
      declaredAt: { uri: scope.uri, span: { start: call.start, end: call.end } },
      declaration: { uri: scope.uri, expression: call },
    };
  }

  private readConstraint(call: Call, scope: Scope, draft: ModelDraft): DatabaseIndex | undefined {
    if (this.className(call, scope) !== "UniqueConstraint") return undefined;
    return {
      name: this.indexName(call, scope, draft),
      columns: this.columns(call, scope),
      unique: true,
      method: "btree",
      partial: isGiven(call, "condition"),
      include: this.includedColumns(call, scope),
      source: "constraint",
      declaredAt: { uri: scope.uri, span: { start: call.start, end: call.end } },
      declaration: { uri: scope.uri, expression: call },
    };
  }

  /** Django's name of an index or constraint class; a class of the workspace counts as the nearest one it extends. */
  private className(call: Call, scope: Scope): string {
    const symbol = this.reader.symbol({ uri: scope.uri }, call.callee);
    if (symbol?.kind === "class") {
      for (const each of this.core.ancestors(symbol.class)) {
        if (!("external" in each)) continue;
        const last = each.external.slice(each.external.lastIndexOf(".") + 1);
        if (indexMethods[last] || last === "UniqueConstraint") return last;
      }
    }
    return calleeName(call);
  }

  private columns(call: Call, scope: Scope): readonly IndexColumn[] {
    const opclassesGiven = keyword(call, "opclasses");
    const opclasses = (opclassesGiven && this.reader.strings(scope, opclassesGiven)) ?? [];
    const fields = keyword(call, "fields");
    const columns = fields
      ? this.reader.items(scope, fields)?.map((each) => this.indexColumn(each.scope, each.expression)) ?? [unreadable]
      : call.arguments.filter((each) => each.name === undefined && !each.spread).map((each) => this.indexColumn(scope, each.value));
    if (call.arguments.some((each) => each.spread === "sequence")) return [...columns, unreadable];
    return columns.map((each, i) => (opclasses[i] ? { ...each, opclass: opclasses[i] } : each));
  }

  private includedColumns(call: Call, scope: Scope): readonly string[] {
    const include = keyword(call, "include");
    return (include && this.reader.strings(scope, include)) ?? [];
  }

  /** `"-x"`, `F("x").desc()`, `OpClass(Upper("x"), name="…")`, `Lower("x")`. */
  indexColumn(scope: Scope, expression: Expression): IndexColumn {
    const found = this.reader.follow(scope, expression);
    const value = found.expression;
    if (value.kind === "literal" && typeof value.value === "string") {
      const descending = value.value.startsWith("-");
      return { field: value.value.replace(/^[-+]/, ""), descending };
    }
    if (value.kind !== "call") return unreadable;
    const name = calleeName(value);
    if (value.callee.kind === "attribute" && (name === "desc" || name === "asc")) return { ...this.indexColumn(found.scope, value.callee.object), descending: name === "desc" };
    const first = positional(value, 0) ?? keyword(value, "expression");
    if (name === "OpClass" && first) {
      const opclass = keyword(value, "name") ?? positional(value, 1);
      return { ...this.indexColumn(found.scope, first), opclass: opclass && this.reader.string(found.scope, opclass) };
    }
    if (name === "OrderBy" && first) return { ...this.indexColumn(found.scope, first), descending: this.reader.boolean(found.scope, keyword(value, "descending")) ?? false };
    if ((name === "F" || name === "Collate") && first) {
      const inner = this.indexColumn(found.scope, first);
      return name === "F" ? { field: inner.field, expression: inner.expression, descending: false } : { expression: this.normalForm(found.scope, value), descending: false };
    }
    return { expression: this.normalForm(found.scope, value), descending: false };
  }

  private normalForm(scope: Scope, expression: Expression, depth = 0): string {
    if (depth > 10) return "?";
    const { scope: valueScope, expression: value } = this.reader.follow(scope, expression);
    if (value.kind === "literal") return typeof value.value === "string" ? value.value : String(value.value);
    if (value.kind !== "call") return "?";
    const name = calleeName(value);
    if (!name) return "?";
    const parts = value.arguments.filter((each) => each.name === undefined && !each.spread).map((each) => this.normalForm(valueScope, each.value, depth + 1));
    if (name === "F") return parts[0] ?? "?";
    // Cast("x", TextField()): the second argument is a type.
    if (name === "Cast") return `Cast(${parts[0] ?? "?"})`;
    return parts.includes("?") ? "?" : `${name}(${parts.join(", ")})`;
  }

  private indexName(call: Call, scope: Scope, draft: ModelDraft): string | undefined {
    const name = keyword(call, "name");
    const text = name && this.reader.string(scope, name);
    return text === undefined ? undefined : fillName(text, draft);
  }

  private together(draft: ModelDraft, name: "unique_together" | "index_together"): readonly DatabaseIndex[] {
    const value = this.value(draft.meta, name);
    const items = value && this.reader.items(value.scope, value.expression);
    if (!value || !items || items.length === 0) return [];
    // One tuple of names is short for a tuple of one.
    const flat = items.map((each) => this.reader.string(each.scope, each.expression));
    const groups: { names: readonly (string | undefined)[]; at: Scoped }[] = flat.every((each) => each !== undefined)
      ? [{ names: flat, at: this.reader.follow(value.scope, value.expression) }]
      : items.map((each) => ({ names: this.reader.items(each.scope, each.expression)?.map((item) => this.reader.string(item.scope, item.expression)) ?? [], at: each }));
    return groups.filter((each) => each.names.length > 0).map(({ names, at }) => ({
      columns: names.map((each) => (each === undefined ? unreadable : { field: each, descending: false })),
      unique: name === "unique_together",
      method: "btree",
      partial: false,
      include: [],
      source: name === "unique_together" ? "unique-together" : "index-together",
      declaredAt: { uri: at.scope.uri, span: { start: at.expression.start, end: at.expression.end } },
      declaration: { uri: at.scope.uri, expression: at.expression },
    }));
  }
}

const unreadable: IndexColumn = { expression: "?", descending: false };

const indexMethods: Readonly<Record<string, DatabaseIndex["method"] | undefined>> = {
  Index: "btree", BTreeIndex: "btree", GinIndex: "gin", GistIndex: "gist", BrinIndex: "brin", HashIndex: "hash", SpGistIndex: "other", BloomIndex: "other",
  HnswIndex: "other", IvfflatIndex: "other",
};

function isGiven(call: Call, name: string): boolean {
  const value = keyword(call, name);
  return value !== undefined && !(value.kind === "literal" && value.value === null);
}

/** `%(class)s`, `%(model_name)s` and `%(app_label)s` in names that an abstract model gives. */
export function fillName(text: string, draft: ModelDraft): string {
  return text.replace(/%\((class|model_name|app_label)\)s/g, (_, name: string) => (name === "app_label" ? draft.appLabel.toLowerCase() : draft.name.toLowerCase()));
}
