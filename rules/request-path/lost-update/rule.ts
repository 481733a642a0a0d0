import { defineRule, ormOf } from "#engine";
import type { AssignedField, DataAccessEvent, EntityUsage, EntryPoint, ProjectModel, RowWritten } from "#engine";
import { entityName, present, weakest } from "../../shared/loops";
import { nodesIn } from "../../shared/loops-syntax";
import { isSamePlace, mayBeWaitedFor } from "../../shared/queries";

/** A value read, changed in code and saved back undoes what another request wrote in between. */
export default defineRule({
  id: "lost-update",
  summary: "Counter read, changed in code and saved back",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm"],
  messages: {
    overwrites: {
      what: "`{entity}.{field}` is read, changed in code and saved back",
      why: "two requests at the same time keep only one of the changes",
      instead: "let the database compute it with {increment}, or lock the row with {lock}",
    },
  },
  check: {
    bodyDone(body, { project, usage, rewriter, vocabulary, report }) {
      body.events.forEach((write, position) => {
        if (write.kind !== "rowWritten" || !isSharedRow(write, body.events.slice(0, position))) return;
        const orm = ormOf(write, project);
        const words = vocabulary(orm);
        for (const assigned of write.assigned) {
          if (!isCounted(assigned, write, project) || isInsertedByCallers(write, usage)) continue;
          report("overwrites", {
            at: assigned.at,
            values: { entity: entityName(write.entity, project) ?? write.entity, field: assigned.field, increment: words.increment(assigned.field, assigned.fromOwnValue?.operator === "-" ? "-" : "+"), lock: words.lock },
            related: [{ at: write.at, message: "saved here" }],
            fixes: orm === undefined ? [] : present(rewriter(orm).incrementInDatabase(write, project)),
            hint: "lost update",
            // Whoever handed the row in may have locked it.
            basis: write.how === "save" && write.row?.query === undefined ? weakest(write.basis, "inferred") : write.basis,
          });
        }
      });
    },
  },
});

function isConcurrent(entry: EntryPoint): boolean {
  return entry === "task" || mayBeWaitedFor(entry);
}

/** A row that another request may change at the same time: not new, not locked. */
function isSharedRow(write: RowWritten, before: readonly DataAccessEvent[]): boolean {
  // `update({ where: { id }, data: { stock: book.stock - 1 } })`: the row was read before, the key alone picks it.
  if (write.how === "update" && write.row === undefined) return isConcurrent(write.entry) && write.assigned.some(({ fromOwnValue }) => fromOwnValue !== undefined);
  if (write.how !== "save" || write.constructed !== undefined || write.row === undefined || !isConcurrent(write.entry)) return false;
  const { query, basis } = write.row;
  if (query?.locked === true) return false;
  // A parameter that is only taken for a row by its name may have been locked by whoever handed it in.
  if (query === undefined && basis === "inferred") return false;
  return !before.some((event) => {
    if (event.kind !== "rowWritten" || event.entity !== write.entity) return false;
    // `create()` hands its row out as one of the query that it was called on.
    return query === undefined ? event.how === "create" || event.constructed !== undefined : event.how === "create" && event.query?.id === query.from?.id;
  });
}

/** `job = Job.objects.create(); job.start()`: whoever calls the method has just inserted the row, which nobody else knows yet. */
function isInsertedByCallers(write: RowWritten, usage: (entity: string) => EntityUsage): boolean {
  if (write.row?.query !== undefined) return false;
  const callers = usage(write.entity).saves.filter(({ at }) => isSamePlace(at, write.at));
  return callers.length > 0 && callers.every(({ isNew }) => isNew);
}

const OPERATORS: ReadonlySet<string> = new Set(["+", "-", "*", "/"]);
const NUMBERS = /^(?:Positive|Small|Big|Positive(?:Small|Big))?IntegerField$|^(?:Float|Decimal|Duration)Field$/;

/** `update({ where: { id, position: old }, data: { position: old + 1 } })`: where it is another one by now, nothing is written. */
function isCompared({ field }: AssignedField, { query, how }: RowWritten): boolean {
  return how === "update" && query?.lookups.some((lookup) => lookup.field === field && lookup.path.length === 1 && lookup.lookup === "exact" && !lookup.negated && !lookup.disjunct) === true;
}

/** A version tells apart what was read from what is there now; two requests that both count it up meet at a unique key or a comparison, or mean the same. */
const VERSION = /^(row|lock|schema|doc|record)?_?(version|revision|rev)(_?(number|no|id))?$/i;

/** Where something has got to, `current_step += 1`: two who go on from the same place both mean the next one, and counting in the database would leave one out. */
const PLACE = /(^|_)(step|stage|phase|level|page|round|position|index|sequence|cursor)(_?(order|number|no|index|position))?$/i;

function isPlace({ field, fromOwnValue }: AssignedField): boolean {
  const operand = fromOwnValue?.operand;
  return operand?.kind === "literal" && operand.value === 1 && PLACE.test(field.replace(/([a-z0-9])([A-Z])/g, "$1_$2"));
}

/** `row.value *= asked / row.amount; row.amount = asked`: brought to the scale of another column that is set with it, whoever comes last leaves a row that fits together. */
function isRescaled({ fromOwnValue }: AssignedField, { assigned }: RowWritten): boolean {
  if (fromOwnValue === undefined || fromOwnValue.operator === "+" || fromOwnValue.operator === "-") return false;
  const set = new Set(assigned.map(({ field }) => field));
  return nodesIn(fromOwnValue.operand).some((node) => node.kind === "attribute" && set.has(node.name));
}

/** A number computed from its own old value; text cannot be added to in the same way. */
function isCounted(assigned: AssignedField, write: RowWritten, project: ProjectModel): boolean {
  if (assigned.fromOwnValue === undefined || !OPERATORS.has(assigned.fromOwnValue.operator)) return false;
  if (VERSION.test(assigned.field) || isPlace(assigned) || isCompared(assigned, write) || isRescaled(assigned, write)) return false;
  if (write.updateFields !== undefined && !write.updateFields.includes(assigned.field)) return false;
  const field = project.entity(write.entity)?.fields.get(assigned.field);
  return field?.holds === undefined ? NUMBERS.test(field?.type ?? "") : /^(integer|small-integer|decimal|float)$/.test(field.holds);
}
