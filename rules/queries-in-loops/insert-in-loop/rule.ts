import { defineRule, ormOf } from "#engine";
import type { Expression, LoopContext, ProjectModel, RowWritten, Statement } from "#engine";
import {
  callKey, entityName, evidence, gathered, happensInOwnFrame, isDoubtfulWrite, isWithinSight, isWrittenPerRound, locksRows, LINK_COST, onlyOnce, placeIn, repetition, eachRow, skippedBy, statementsFor, unlessSkipping, thingKey, withDoubt,
} from "../../shared/loops";
import { lowerBesideEffects } from "../../shared/loop-effects";
import { nodesIn, statementsAround } from "../../shared/loops-syntax";

/** New rows are written one by one where one statement serves. */
export default defineRule({
  id: "insert-in-loop",
  summary: "Rows inserted one by one in a loop",
  impact: "high",
  frameworks: ["django", "prisma", "typeorm", "sequelize", "drizzle", "mikroorm", "knex", "kysely"],
  // In tasks and commands a statement per row is often the point: progress, locks, mail in between (RULE-SEMANTICS 4.0).
  outsideRequests: false,
  repeats: true,
  messages: {
    insertedPerRow: {
      what: "one `{entity}` is inserted for {each}",
      why: "{growth}",
      instead: "collect the objects and insert them together with {bulk}{skipped}",
    },
    soughtPerRow: {
      what: "one `{entity}` is looked up and inserted for {each}",
      why: "{cost}",
      instead: "{missing}{skipped}",
    },
    upsertedPerRow: {
      what: "one `{entity}` is inserted or updated for {each}",
      why: "{growth}",
      instead: "{upsert}{skipped}",
    },
    linkedAcross: {
      what: "a link to `{entity}` is inserted for {each}",
      why: LINK_COST,
      instead: "insert the links together with {bulk} on the table between{skipped}",
    },
    linkedPerRow: {
      what: "links to `{entity}` are inserted for {each}",
      why: LINK_COST,
      instead: "{link}",
    },
  },
  check: {
    bodyDone(body, { project, rewriter, vocabulary, report }) {
      const isNew = onlyOnce();
      const found = gathered();
      for (const write of body.events) {
        if (write.kind !== "rowWritten" || write.differs) continue;
        const key = messageFor(write);
        const repeated = repetition(write, write.loops.at(-1));
        if (key === undefined || repeated === undefined || isBeyondBulk(write, project) || isWantedAtOnce(write, repeated.loop, project) || isInsertedOnce(write, repeated.loop, project)) continue;
        const { loop, lower, basis } = repeated;
        if (locksRows(loop, write, body.events) || !isWrittenPerRound(loop, write) || isLinkOfHelper(write, loop)) continue;
        const at = placeIn(loop, write);
        if (!isWithinSight(loop, write, "write") || !isNew(callKey(loop, write, write.entity))) continue;
        const besides = lowerBesideEffects(write, loop, body.events, project);
        if (besides === undefined) continue;
        const orm = ormOf(write, project);
        if (orm === undefined) continue;
        const words = vocabulary(orm);
        const fixes = happensInOwnFrame(loop, write) ? unlessSkipping(rewriter(orm).insertTogether(write, loop, project), write) : [];
        // One statement for all rows fails for all of them.
        const steps = withDoubt(lower + besides + (write.isGuarded ? 2 : 0) + (write.how === "relation-set" || (key !== "linkedPerRow" && write.skips.length > 0) ? 1 : 0), basis, () => isDoubtfulWrite(loop, write, body.events, words, project));
        const message = key === "linkedPerRow" && isOfManyOwners(write, loop) ? "linkedAcross" : write.how === "update_or_create" && words.upsertMany !== undefined ? "upsertedPerRow" : key;
        found.add(thingKey(loop, write, `${message}|${write.entity}`, fixes.length > 0), {
          at,
          lower: steps,
          send: (elsewhere) => report(message, {
            of: write, loop,
            at,
            values: { entity: entityName(write.entity, project) ?? write.entity, each: eachRow(loop, project, loop.query, write), growth: statementsFor(loop, write, project), bulk: words.insertMany, missing: words.insertMissing, cost: words.insertMissingCost, upsert: words.upsertMany ?? "", link: words.linkMany, skipped: skippedBy(words.insertMany, write) },
            related: [...evidence(write, loop, loop.query, "inserted here"), ...elsewhere],
            fixes,
            hint: key === "soughtPerRow" ? words.insertMissingCost : key === "linkedPerRow" ? LINK_COST : "N statements",
            basis,
            lower: steps,
          }),
        });
      }
      found.report();
    },
  },
});

/** `bulk_create()` refuses entities with parent tables (Django: *bulk_create* caveats). */
function isBeyondBulk(write: RowWritten, project: ProjectModel): boolean {
  return write.how !== "relation-add" && write.how !== "relation-set" && (project.entity(write.entity)?.parents.length ?? 0) > 0;
}

/** All columns of a unique index get the same in every round: a second round would fail. */
function isInsertedOnce(write: RowWritten, loop: LoopContext, project: ProjectModel): boolean {
  if (write.how !== "create" || write.loops.at(-1)?.id !== loop.id) return false;
  const same = new Set(write.assigned.flatMap(({ field, constant }) => (constant ? [field] : [])));
  return project.entity(write.entity)?.indexes.some(({ unique, columns }) => unique && columns.every(({ field }) => field !== undefined && same.has(field))) === true;
}

/** The inserted row goes on to be used in the same round: handed on, linked, yielded. Its key must be there by then. */
function isWantedAtOnce(write: RowWritten, loop: LoopContext, project: ProjectModel): boolean {
  const path = statementsAround(write.at, project);
  if (write.how === "save") {
    const ownFrame = happensInOwnFrame(loop, write);
    if (isUsedAfterSave(write.expression, ownFrame ? loop : undefined, path)) return true;
    // The row's own `save()`: what the loop does with it afterwards.
    const call = placeIn(loop, write);
    const around = ownFrame ? [] : statementsAround(call, project);
    const expression = nodesIn(around.at(-1)?.statement).find((node) => node.kind === "call" && node.start === call.span.start && node.end === call.span.end);
    return expression?.kind === "call" && expression.callee.kind === "attribute" && /^a?save$/.test(expression.callee.name) && isUsedAfterSave(expression, loop, around);
  }
  if (write.how !== "create" || (loop.kind !== "for" && loop.kind !== "callback")) return false;
  const innermost = path.at(-1);
  if (innermost === undefined) return false;
  const { statement, block } = innermost;
  if (statement.kind === "expression") return statement.expression.kind !== "await" && statement.expression !== write.expression && statement.expression.start !== write.expression.start;
  // A helper, or a callback, that hands the new row back.
  if (statement.kind === "return" && (loop.kind === "callback" || !happensInOwnFrame(loop, write))) return false;
  if (statement.kind !== "assign") return true;
  const [target] = statement.targets;
  if (target?.kind !== "name") return true;
  if (happensInOwnFrame(loop, write)) return isUsedIn(block.slice(block.indexOf(statement) + 1).filter((each) => !isCollecting(each)), target.name);
  return path.some((each) => isUsedIn(each.block.slice(each.block.indexOf(each.statement) + 1), target.name));
}

/** `notification.save()`, and behind it `transport.send(notification)`: in the loop, or in the function that one round calls. */
function isUsedAfterSave(expression: Expression, loop: LoopContext | undefined, path: ReturnType<typeof statementsAround>): boolean {
  const names = savedBy(expression, path);
  if (names.length === 0) return false;
  const inRound = loop === undefined ? path : path.filter(({ statement }) => loop.body.span.start < statement.start && statement.end <= loop.body.span.end);
  return inRound.some(({ statement, block }) => isUsedIn(block.slice(block.indexOf(statement) + 1).filter((each) => !isCollecting(each)), ...names));
}

/** What the code calls the row: `row.save()`, `repository.save(row)`, `const row = await repository.save({ … })`. */
function savedBy(expression: Expression, path: ReturnType<typeof statementsAround>): readonly string[] {
  if (expression.kind !== "call" || expression.callee.kind !== "attribute") return [];
  const { callee } = expression;
  const given = expression.arguments.filter(({ name, spread }) => name === undefined && spread === undefined).map(({ value }) => value);
  const rows = given.length > 0 ? given : [callee.object];
  const names = rows.flatMap((each) => (each.kind === "name" && each.name !== "self" ? [each.name] : []));
  const around = path.at(-1)?.statement;
  const target = given.length > 0 && around?.kind === "assign" && around.targets.length === 1 ? around.targets[0] : undefined;
  return target?.kind === "name" ? [...names, target.name] : names;
}

/** `saved.append(row)`, `saved.push(row)`: a list of all of them is what one insert of all takes. */
function isCollecting(statement: Statement): boolean {
  return statement.kind === "expression" && statement.expression.kind === "call" && statement.expression.callee.kind === "attribute" && /^(append|push)$/.test(statement.expression.callee.name);
}

function isUsedIn(statements: readonly Statement[], ...names: readonly string[]): boolean {
  return nodesIn(statements).some((node) => node.kind === "name" && "name" in node && names.includes(node.name));
}

/** A helper that finds or makes a row for the round and links it: no owner of several links, and no row that the loop had before. */
function isLinkOfHelper(write: RowWritten, loop: LoopContext): boolean {
  return write.how === "relation-add" && !happensInOwnFrame(loop, write) && write.row?.query !== undefined && write.row.loop?.id !== loop.id;
}

/** `book.tags.add(tag)` in a loop over books: `add()` takes links of one owner only. */
function isOfManyOwners(write: RowWritten, loop: LoopContext): boolean {
  return write.how === "relation-set" || write.row?.loop?.id === loop.id;
}

function messageFor(write: RowWritten): "insertedPerRow" | "soughtPerRow" | "linkedPerRow" | undefined {
  switch (write.how) {
    case "create":
      return "insertedPerRow";
    case "save":
      return write.constructed === undefined ? undefined : "insertedPerRow";
    case "get_or_create":
    case "update_or_create":
      // The same row is there after the first round.
      return write.dependsOn === 0 ? undefined : "soughtPerRow";
    case "relation-add":
    case "relation-set":
      // On the way back of a foreign key it updates the rows.
      return write.query?.parent?.relation.form === "reverse-foreign-key" ? undefined : "linkedPerRow";
    default:
      return undefined;
  }
}
