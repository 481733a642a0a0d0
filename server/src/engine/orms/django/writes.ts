import type { Call, Expression } from "../../facts";
import { lastName } from "../../flow/attributes";
import { noteWrite } from "../../flow/transactions";
import type { Machine } from "../../flow/machine";
import type { AssignedField, Query, RowOrigin, RowWritten, WriteHow } from "../../flow";
import type { ClassRef, Entity, ProjectModel, Symbol } from "../../project";

/** A write, with what a bulk call in its place would skip. */
export function writeOf(m: Machine, write: {
  readonly how: WriteHow; readonly entity: string; readonly node: Expression; readonly dependsOn: number; readonly query?: Query; readonly row?: RowOrigin;
  readonly assigned?: readonly AssignedField[]; readonly updateFields?: readonly string[]; readonly constructed?: RowWritten["constructed"]; readonly isNew?: boolean;
}): void {
  m.work++;
  noteWrite(m);
  const entity = m.project.entity(write.entity);
  m.emit({
    kind: "rowWritten", at: m.at(write.node), how: write.how, entity: write.entity, row: write.row, query: write.query, dependsOn: write.dependsOn,
    assigned: write.assigned ?? [], updateFields: write.updateFields, skips: entity ? bulkSkips(m.project, entity, write.how) : [], expression: write.node, constructed: write.constructed, ...(write.isNew && { isNew: true }),
  });
}

const INSERTS: ReadonlySet<WriteHow> = new Set(["create", "get_or_create", "update_or_create", "bulk_create"]);

/** What `bulk_create`, `update` and a query's `delete` leave out (Django: *bulk_create* caveats): overrides, signals, parents' tables. */
export function bulkSkips(project: ProjectModel, entity: Entity, how: WriteHow): readonly string[] {
  const skips: string[] = [];
  const deletes = how === "delete" || how === "query-delete";
  const method = deletes ? "delete" : "save";
  if (entity.class && project.method(entity.class, method)) skips.push(`its own ${method}()`);
  // A query's delete() sends the delete signals itself.
  if (!deletes && (receiversOf(project).has(entity.key) || receiversOf(project).has(ANY_SENDER))) skips.push("signal receivers");
  // `update()` and `bulk_update()` reach the columns of parent tables; `bulk_create()` refuses such entities.
  if (entity.parents.length && INSERTS.has(how)) skips.push("parent tables");
  return skips;
}

/** A receiver without a sender hears every entity. */
const ANY_SENDER = "*";
const SAVES = /^(pre|post)_(save|init)$/;

/** The signal of `post_save.connect(…)`. */
function lastNameOfCallee(call: Call): string {
  return call.callee.kind === "attribute" && call.callee.name === "connect" ? lastName(call.callee.object) : "";
}

const receivers = new WeakMap<ProjectModel["files"], ReadonlySet<string>>();

/** Entities that have receivers of save signals in the project, by key. */
function receiversOf(project: ProjectModel): ReadonlySet<string> {
  const known = receivers.get(project.files);
  if (known) return known;
  const found = new Set<string>();
  const note = (uri: string, call: Call): void => {
    const sender = call.arguments.find((argument) => argument.name === "sender")?.value;
    const signal = call.arguments[0]?.value;
    if (!sender && call.arguments.every((argument) => argument.spread === undefined) && signal && (SAVES.test(lastName(signal)) || SAVES.test(lastNameOfCallee(call)))) found.add(ANY_SENDER);
    const symbol = sender && project.resolveExpression(uri, sender);
    const entity = symbol?.kind === "class" ? project.entityOfClass(symbol.class) : symbol?.kind === "external" ? project.entityOfExternal(symbol.name) : undefined;
    if (entity) found.add(entity.key);
  };
  for (const [uri, facts] of project.files) {
    for (const fn of facts.declares.functions) {
      for (const decorator of fn.decorators) if (decorator.kind === "call" && lastName(decorator) === "receiver") note(uri, decorator);
    }
    for (const statement of facts.bodies[""] ?? []) {
      if (statement.kind === "expression" && statement.expression.kind === "call" && lastName(statement.expression) === "connect") note(uri, statement.expression);
    }
  }
  for (const entity of project.entities.values()) if (entity.class && keepsHistory(project, entity.class)) found.add(entity.key);
  receivers.set(project.files, found);
  return found;
}

/** django-simple-history: `HistoricalRecords` connects a receiver of `post_save` for the class that holds it (its `finalize`). */
function keepsHistory(project: ProjectModel, ref: ClassRef): boolean {
  return project.ancestors(ref).some((ancestor) => {
    if (!("class" in ancestor)) return false;
    const { uri, declaration } = ancestor.class;
    return declaration.attributes.some(({ name, value }) => value?.kind === "call" && /histor/i.test(`${name} ${lastName(value)}`) && isHistory(project, project.resolveExpression(uri, value.callee)));
  });
}

const HISTORY = "simple_history.models.HistoricalRecords";

function isHistory(project: ProjectModel, symbol: Symbol | undefined): boolean {
  switch (symbol?.kind) {
    case "external": return symbol.name === HISTORY;
    case "class": return project.inheritsFrom(symbol.class, HISTORY);
    // `partial(HistoricalRecords, bases=[…])`
    case "value": {
      const { value } = symbol.value;
      return value?.kind === "call" && lastName(value) === "partial" && value.arguments.length > 0 && isHistory(project, project.resolveExpression(symbol.uri, value.arguments[0].value));
    }
    default: return false;
  }
}

/** Statements of a write: looking first and a savepoint around the insert for what may be there already, the rows that are linked already (measured on Django 5.2). */
export function statementsOfWrite(how: WriteHow): { readonly least: number; readonly most: number } | undefined {
  switch (how) {
    case "get_or_create": return { least: 1, most: 4 };
    case "update_or_create": return { least: 1, most: 6 };
    case "relation-add": return { least: 1, most: 3 };
    case "relation-set": return { least: 1, most: 4 };
    default: return undefined;
  }
}
