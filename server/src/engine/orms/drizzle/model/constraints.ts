import type { Call, Expression, FunctionDeclaration, FormattedString } from "../../../facts";
import type { DatabaseIndex, IndexColumn } from "../../../project";
import type { ColumnDraft, Reference } from "./columns";
import { chainOf, type DrizzleNames, entryOf, itemsOf, stringOf, uncast } from "./expressions";

/** What the third argument of `pgTable` says. */
export interface Constraints {
  readonly indexes: readonly DatabaseIndex[];
  /** Columns of a composite primary key. */
  readonly primaryKey?: readonly string[];
  readonly foreignKeys: readonly { readonly columns: readonly string[]; readonly reference: Reference }[];
  /** Some of it could not be read. */
  readonly incomplete: boolean;
}

interface Given {
  readonly uri: string;
  readonly call: Call;
  readonly extra: Expression | undefined;
  readonly columns: ReadonlyMap<string, ColumnDraft>;
}

/** Reads `(t) => [index("i").on(t.a)]`, and the object form of older versions. */
export function readConstraints(names: DrizzleNames, given: Given): Constraints {
  const none: Constraints = { indexes: [], foreignKeys: [], incomplete: false };
  if (!given.extra) return none;
  const { uri, expression } = names.follow({ uri: given.uri, expression: given.extra });
  const result = expression.kind === "function" ? names.returned(uri, expression.function) : undefined;
  // An array that is no function is taken by newer versions for constraints without columns.
  if (!result || expression.kind !== "function") return { ...none, incomplete: expression.kind !== "sequence" || expression.items.length > 0 };
  const list = result.expression.kind === "mapping" ? result.expression.entries.map((entry) => entry.value) : result.expression.kind === "sequence" ? result.expression.items : undefined;
  if (!list) return { ...none, incomplete: true };
  const reader = new ConstraintReader(names, result.uri, expression.function, given.columns);
  for (const each of list) reader.read(uncast(each));
  return { indexes: reader.indexes, ...(reader.primaryKey && { primaryKey: reader.primaryKey }), foreignKeys: reader.foreignKeys, incomplete: reader.incomplete };
}

const METHODS: ReadonlySet<string> = new Set(["btree", "gin", "gist", "hash", "brin"]);

class ConstraintReader {
  readonly indexes: DatabaseIndex[] = [];
  primaryKey: readonly string[] | undefined;
  readonly foreignKeys: { columns: readonly string[]; reference: Reference }[] = [];
  incomplete = false;

  constructor(
    private readonly names: DrizzleNames,
    private readonly uri: string,
    private readonly builder: FunctionDeclaration,
    private readonly columns: ReadonlyMap<string, ColumnDraft>,
  ) {}

  read(expression: Expression): void {
    if (expression.kind === "spread") {
      this.incomplete = true;
      return;
    }
    const { root, steps } = chainOf({ uri: this.uri, expression });
    if (root.kind !== "call") {
      this.incomplete = true;
      return;
    }
    const external = this.names.external(this.uri, root.callee);
    const kind = external?.slice(external.lastIndexOf(".") + 1);
    switch (kind) {
      case "index":
      case "uniqueIndex":
      case "unique":
        this.readIndex(kind, root, steps, expression);
        break;
      case "primaryKey": {
        const options = root.arguments[0] && uncast(root.arguments[0].value);
        const listed = options?.kind === "mapping" ? itemsOf(entryOf(options, "columns")) : root.arguments.map((argument) => argument.value);
        const columns = listed.map((each) => this.columnOf(each));
        if (columns.length > 0 && columns.every((column) => column !== undefined)) this.primaryKey = columns;
        else this.incomplete = true;
        break;
      }
      case "foreignKey":
        this.readForeignKey(root, steps, expression);
        break;
      case "check":
      case "pgPolicy":
      case "crudPolicy":
        break;
      default:
        // A helper may make indexes of its own.
        if (!external || !/(check|policy)$/i.test(kind ?? "")) this.incomplete = true;
    }
  }

  private readIndex(kind: "index" | "uniqueIndex" | "unique", root: Call, steps: readonly { readonly name: string; readonly call: Call }[], expression: Expression): void {
    const name = stringOf(root.arguments[0]?.value);
    let method: DatabaseIndex["method"] = "btree";
    let listed: readonly Expression[] = [];
    let partial = false;
    for (const { name: step, call } of steps) {
      if (step === "on" || step === "onOnly") listed = call.arguments.map((argument) => argument.value);
      else if (step === "using") {
        const using = stringOf(call.arguments[0]?.value);
        method = using !== undefined && METHODS.has(using) ? using as DatabaseIndex["method"] : "other";
        // `.using("gin", t.title.op("gin_trgm_ops"))`: the first form takes columns as well.
        if (call.arguments.length > 1) listed = call.arguments.slice(1).map((argument) => argument.value);
      } else if (step === "where") partial = true;
    }
    const columns = listed.map((each) => this.indexColumn(each));
    if (columns.length === 0 || columns.some((column) => column === undefined)) {
      this.incomplete = true;
      if (columns.length === 0) return;
    }
    this.indexes.push({
      ...(name !== undefined && { name }), columns: columns.map((column) => column ?? { expression: "?", descending: false }), unique: kind !== "index", method, partial, include: [],
      source: kind === "unique" ? "constraint" : "meta-index", declaredAt: { uri: this.uri, span: { start: expression.start, end: expression.end } }, declaration: { uri: this.uri, expression },
    });
  }

  private readForeignKey(root: Call, steps: readonly { readonly name: string; readonly call: Call }[], expression: Expression): void {
    const options = root.arguments[0] && uncast(root.arguments[0].value);
    if (options?.kind !== "mapping") return;
    const columns = itemsOf(entryOf(options, "columns")).flatMap((each) => this.columnOf(each) ?? []);
    const target = itemsOf(entryOf(options, "foreignColumns"))[0];
    const onDelete = stringOf(steps.find((step) => step.name === "onDelete")?.call.arguments[0]?.value);
    if (columns.length > 0 && target) {
      this.foreignKeys.push({ columns, reference: { uri: this.uri, target, ...(onDelete !== undefined && { onDelete }), at: { uri: this.uri, span: { start: expression.start, end: expression.end } } } });
    }
  }

  /** `t.email`, the column itself; inside `({ email }) => …` its name. */
  private columnOf(expression: Expression): string | undefined {
    const plain = uncast(expression);
    const name = plain.kind === "attribute" ? plain.name : plain.kind === "name" && this.builder.parameters[0]?.pattern ? plain.name : undefined;
    return name !== undefined && this.columns.has(name) ? name : undefined;
  }

  private indexColumn(expression: Expression): IndexColumn | undefined {
    const plain = uncast(expression);
    const direct = this.columnOf(plain);
    if (direct !== undefined) return { field: direct, descending: false };
    if (plain.kind === "call" && plain.form === "tagged") return this.sqlColumn(plain);
    if (plain.kind !== "call" || plain.callee.kind !== "attribute") {
      // `lower(t.email)` of a helper of the user's own (Drizzle's documentation has one).
      const argument = plain.kind === "call" ? plain.arguments[0]?.value : undefined;
      const column = argument && this.columnOf(argument);
      const name = plain.kind === "call" && plain.callee.kind === "name" ? plain.callee.name : undefined;
      return column !== undefined && name !== undefined && /^(lower|upper)$/i.test(name) ? { expression: `${name[0].toUpperCase()}${name.slice(1).toLowerCase()}(${column})`, descending: false } : undefined;
    }
    // `t.createdAt.desc().nullsLast()`, `t.title.op("gin_trgm_ops")`
    const inner = this.indexColumn(plain.callee.object);
    if (!inner) return undefined;
    switch (plain.callee.name) {
      case "desc": return { ...inner, descending: true };
      case "op": {
        const opclass = stringOf(plain.arguments[0]?.value);
        return opclass === undefined ? inner : { ...inner, opclass };
      }
      default: return inner;
    }
  }

  /** ``sql`lower(${t.email}) text_pattern_ops` ``. */
  private sqlColumn(call: Call): IndexColumn | undefined {
    const [argument] = call.arguments;
    const text = argument?.value.kind === "format" ? this.sqlText(argument.value) : stringOf(argument?.value);
    if (text === undefined) return undefined;
    const match = /^(.*?)(?:\s+(\w+_ops))?(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?$/is.exec(text.trim());
    const body = (match?.[1] ?? text).trim();
    const more = { descending: match?.[3]?.toLowerCase() === "desc", ...(match?.[2] && { opclass: match[2] }) };
    const plain = body.replace(/^\((.*)\)$/s, "$1").trim();
    if (this.columns.has(plain)) return { field: plain, ...more };
    const folded = /^(lower|upper)\(\s*(\w+)\s*\)$/i.exec(plain);
    if (folded && this.columns.has(folded[2])) return { expression: `${folded[1].toLowerCase() === "lower" ? "Lower" : "Upper"}(${folded[2]})`, ...more };
    return { expression: plain.replace(/\s+/g, " ") || "?", ...more };
  }

  /** The text with the names of columns where they are embedded. */
  private sqlText({ parts, texts }: FormattedString): string | undefined {
    if (!texts) return undefined;
    let text = texts[0] ?? "";
    for (const [i, part] of parts.entries()) text += `${this.columnOf(part) ?? "?"}${texts[i + 1] ?? ""}`;
    return text;
  }
}

