import type { Expression, FileFacts } from "../../facts";
import { forEachStatement } from "../../project";
import type { Machine } from "../machine";
import { moduleValue, symbolValue } from "../names";
import type { MappingValue, Value } from "../values";

/** What the statements of a module put into an object of it behind its declaration: `db.User = …`. */
type Filled = ReadonlyMap<string, Expression>;

const known = new WeakMap<FileFacts["bodies"], ReadonlyMap<string, Filled>>();

function filledIn({ bodies }: FileFacts): ReadonlyMap<string, Filled> {
  let found = known.get(bodies);
  if (found) return found;
  const byName = new Map<string, Map<string, Expression>>();
  forEachStatement(bodies[""] ?? [], (statement) => {
    if (statement.kind !== "assign" || !statement.value) return;
    for (const target of statement.targets) {
      const key = target.kind === "attribute" ? target.name : target.kind === "subscript" && target.index.kind === "literal" ? String(target.index.value) : undefined;
      if (key === undefined || (target.kind !== "attribute" && target.kind !== "subscript") || target.object.kind !== "name") continue;
      const properties = byName.get(target.object.name) ?? new Map<string, Expression>();
      byName.set(target.object.name, properties.set(key, statement.value));
    }
  });
  known.set(bodies, (found = byName));
  return found;
}

/** A module's object with what its code puts into it: `const db = {}; db.User = require("./user")(sequelize);`, or in a way that an ORM's adapter knows. */
export function filledObject(m: Machine, uri: string, name: string, value: MappingValue): MappingValue {
  const facts = m.project.files.get(uri);
  if (!facts) return value;
  const properties = filledIn(facts).get(name);
  const entries = new Map<string, Value>(value.entries);
  for (const adapter of m.adapters) for (const [key, each] of adapter.filledObject?.(uri, name, m) ?? []) if (!entries.has(key)) entries.set(key, each);
  for (const [key, expression] of properties ?? []) entries.set(key, moduleValue(m, uri, expression));
  return entries.size === value.entries.size && !properties ? value : { ...value, entries };
}

/** `const { User } = require("./models")`, where the module exports one object: a property of that. */
export function importedProperty(m: Machine, uri: string, local: string): Value | undefined {
  const declaration = m.project.files.get(uri)?.declares.imports.find((each) => each.local === local && each.name !== undefined && each.name !== "*");
  if (!declaration?.name) return undefined;
  const whole = m.project.resolveImport(uri, declaration.module, 0);
  const value = whole?.kind === "value" ? symbolValue(m, whole) : undefined;
  return value?.kind === "mapping" && !value.isMap ? value.entries.get(declaration.name) : undefined;
}
