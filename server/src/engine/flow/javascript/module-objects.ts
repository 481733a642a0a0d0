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
  m.project.moduleBody(uri);
  const facts = m.project.files.get(uri);
  if (!facts) return value;
  const properties = filledIn(facts).get(name);
  const added = new Map<string, Value>();
  for (const adapter of m.adapters) for (const [key, each] of adapter.filledObject?.(uri, name, m) ?? []) if (!value.entries.has(key)) added.set(key, each);
  for (const [key, expression] of properties ?? []) added.set(key, moduleValue(m, uri, expression));
  return added.size === 0 ? value : { ...value, entries: new Map([...value.entries, ...added]) };
}

/** The name under which adapters are asked for what a module exports as a whole. */
export const MODULE_EXPORTS = "module.exports";

/** What a module exports by code that an ORM's adapter knows: `module.exports = { sequelize, ...sequelize.models }`. */
export function moduleProperty(m: Machine, uri: string, name: string): Value | undefined {
  m.project.moduleBody(uri);
  for (const adapter of m.adapters) {
    const value = adapter.filledObject?.(uri, MODULE_EXPORTS, m)?.get(name);
    if (value) return value;
  }
  return undefined;
}

/** `const { User } = require("./models")`, where the module exports one object: a property of that. */
export function importedProperty(m: Machine, uri: string, local: string): Value | undefined {
  const declaration = m.project.declarationsOf(uri)?.imports.find((each) => each.local === local && each.name !== undefined && each.name !== "*");
  const name = declaration?.name;
  if (!declaration || name === undefined) return undefined;
  const whole = m.project.resolveImport(uri, declaration.module, 0);
  if (whole?.kind === "module") return moduleProperty(m, whole.uri, name);
  const value = whole?.kind === "value" ? symbolValue(m, whole) : undefined;
  if (value?.kind === "mapping" && !value.isMap) return value.entries.get(name);
  if (value?.kind !== "object") return undefined;
  const { start, end } = declaration;
  for (const adapter of m.adapters) {
    const found = adapter.objectAttribute(value, name, { kind: "attribute", object: { kind: "name", name: local, start, end }, name, nameStart: start, start, end }, m);
    if (found) return found;
  }
  return undefined;
}
