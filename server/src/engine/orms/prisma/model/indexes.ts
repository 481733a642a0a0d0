import type { Expression, SchemaAttribute } from "../../../facts";
import type { DatabaseIndex, IndexColumn } from "../../../project";
import { argumentOf, listOf, textOf, type PlacedBlock } from "./schemas";

const METHODS: Readonly<Record<string, DatabaseIndex["method"]>> = { BTree: "btree", Hash: "hash", Gin: "gin", Gist: "gist", Brin: "brin", SpGist: "other" };

/** Operator classes that Prisma has names for (Prisma: *Configuring the index operator class with ops*), in the database's words. */
const OPERATOR_CLASSES: Readonly<Record<string, string>> = { JsonbPathOps: "jsonb_path_ops", JsonbOps: "jsonb_ops", ArrayOps: "array_ops", TextOps: "text_ops", InetOps: "inet_ops" };

/** The indexes that a model's attributes make: `@id`, `@unique`, `@@id`, `@@unique`, `@@index`, `@@fulltext`. */
export function indexesOf({ uri, block }: PlacedBlock): readonly DatabaseIndex[] {
  const indexes: DatabaseIndex[] = [];
  const at = (attribute: SchemaAttribute): DatabaseIndex["declaredAt"] => ({ uri, span: { start: attribute.start, end: attribute.end } });
  for (const field of block.fields) {
    for (const attribute of field.attributes) {
      if (attribute.name !== "id" && attribute.name !== "unique") continue;
      const name = textOf(argumentOf(attribute, "map"));
      indexes.push({
        ...(name !== undefined && { name }),
        columns: [{ field: field.name, descending: isDescending(argumentOf(attribute, "sort")), ...lengthOf(argumentOf(attribute, "length")) }],
        unique: true, method: "btree", partial: argumentOf(attribute, "where") !== undefined, include: [], source: attribute.name === "id" ? "primary-key" : "unique", declaredAt: at(attribute),
      });
    }
  }
  for (const attribute of block.attributes) {
    if (!/^(id|unique|index|fulltext)$/.test(attribute.name)) continue;
    const fields = listOf(argumentOf(attribute, "fields", 0));
    const name = textOf(argumentOf(attribute, "map")) ?? (attribute.name === "index" ? textOf(argumentOf(attribute, "name")) : undefined);
    const type = argumentOf(attribute, "type");
    indexes.push({
      ...(name !== undefined && { name }),
      columns: fields.map(columnOf),
      unique: attribute.name === "id" || attribute.name === "unique",
      method: attribute.name === "fulltext" ? "other" : type?.kind === "name" ? (METHODS[type.name] ?? "other") : "btree",
      partial: argumentOf(attribute, "where") !== undefined,
      include: [],
      source: attribute.name === "id" ? "primary-key" : attribute.name === "unique" ? "unique-together" : "meta-index",
      declaredAt: at(attribute),
    });
  }
  return indexes;
}

function columnOf(item: Expression): IndexColumn {
  if (item.kind === "name") return { field: item.name, descending: false };
  if (item.kind !== "call" || item.callee.kind !== "name") return { expression: "?", descending: false };
  const named = (name: string): Expression | undefined => item.arguments.find((each) => each.name === name)?.value;
  const ops = named("ops");
  const opclass = ops?.kind === "call" ? textOf(ops.arguments[0]?.value) : ops?.kind === "name" ? (OPERATOR_CLASSES[ops.name] ?? ops.name) : undefined;
  return { field: item.callee.name, descending: isDescending(named("sort")), ...(opclass !== undefined && { opclass }), ...lengthOf(named("length")) };
}

function isDescending(sort: Expression | undefined): boolean {
  return sort?.kind === "name" && sort.name === "Desc";
}

function lengthOf(length: Expression | undefined): { readonly length?: number } {
  return length?.kind === "literal" && typeof length.value === "number" ? { length: length.value } : {};
}
