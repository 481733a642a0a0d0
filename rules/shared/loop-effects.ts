import type { DataAccessEvent, LoopContext, OtherEffect, OutsideCall, ProjectModel, RowWritten, TaskEnqueued } from "#engine";
import { isWithin, placeIn } from "./loops";
import { nodesIn, statementsAround, type Node } from "./loops-syntax";

type Effect = OutsideCall | OtherEffect | TaskEnqueued;

/**
 * Steps to take off a write for what else its round does, which one statement after the loop would part it from: a mail is sent, and then this is written
 * down. Where the loop fails half-way, what was sent is not known any more, or is sent again. Undefined: the write is where it belongs.
 */
export function lowerBesideEffects(write: RowWritten, loop: LoopContext, events: readonly DataAccessEvent[], project: ProjectModel): number | undefined {
  const effects = events.flatMap((event, index) => (isEffect(event) && isInLoop(event, loop) && event.onFailure !== true ? [{ event, index }] : []));
  if (effects.length === 0) return 0;
  const before = (each: RowWritten): Effect[] => {
    const position = events.indexOf(each);
    return effects.filter(({ event, index }) => index < position && areOnOneWay(event, each)).map(({ event }) => event);
  };
  if (isInsert(write)) {
    const done = before(write);
    const kept = done.filter((effect) => isWrittenInto(effect, write, loop, project));
    if (kept.some(isSure)) return undefined;
    if (kept.length > 0 || done.some((effect) => leavesTheHouse(effect) || isUnknown(effect, loop))) return 1;
  } else {
    // `if (nothing to send) { mark(row); continue; }` marks the same rows as what comes behind the sending.
    const alike = events.filter((event): event is RowWritten => event.kind === "rowWritten" && event.how === write.how && event.entity === write.entity && event.query?.atMostOne === write.query?.atMostOne && !isInsert(event) && isInLoop(event, loop));
    if (alike.some((each) => before(each).some(isSure))) return undefined;
    if (before(write).some((effect) => isUnknown(effect, loop) || (effect.kind === "otherEffect" && effect.nature === "written" && isWrittenInto(effect, write, loop, project)))) return 1;
  }
  // What is written first keeps a second run from sending again.
  const position = events.indexOf(write);
  return effects.some(({ event, index }) => index > position && leavesTheHouse(event) && areOnOneWay(write, event)) ? 1 : 0;
}

function isEffect(event: DataAccessEvent): event is Effect {
  return event.kind === "otherEffect" || event.kind === "taskEnqueued" || (event.kind === "outsideCall" && event.io !== "sleep" && !onlyReads(event));
}

/** `axios.get(…)`, `fetch(url)`: what is read twice does no harm. */
function onlyReads({ name, expression }: OutsideCall): boolean {
  return /\.(get|head|options|retrieve|list|search)$/.test(name) || (/fetch$/.test(name) && expression.arguments.length < 2);
}

function isSure(effect: Effect): boolean {
  return effect.kind !== "otherEffect" || effect.nature === "outside" || effect.nature === "told";
}

function isUnknown(effect: Effect, loop: LoopContext): boolean {
  return effect.kind === "otherEffect" && effect.nature === "unknown" && effect.dependsOn >= loop.id;
}

/** Mail, payments, requests: nobody takes them back. What is published or put in a queue may be so when all rows are there. */
function leavesTheHouse(effect: Effect): boolean {
  return effect.kind === "outsideCall" || (effect.kind === "otherEffect" && effect.nature === "outside");
}

function isInsert({ how, constructed }: RowWritten): boolean {
  return how === "create" || how === "get_or_create" || how === "update_or_create" || constructed !== undefined;
}

function isInLoop(event: DataAccessEvent, loop: LoopContext): boolean {
  return event.loops.some(({ id }) => id === loop.id);
}

/** Whether one round comes by both. */
function areOnOneWay(a: DataAccessEvent, b: DataAccessEvent): boolean {
  return !a.arms?.some(({ branch, way }) => b.arms?.some((other) => other.branch === branch && other.way !== way));
}

/** Whether what a call gave is in what is written: in its arguments, or in a value that was put together of it in the round. */
function isWrittenInto(effect: Effect, write: RowWritten, loop: LoopContext, project: ProjectModel): boolean {
  const [from, to] = [placeIn(loop, effect), placeIn(loop, write)];
  if (from.uri !== to.uri) return false;
  const block = statementsAround(from, project).find(({ statement }) => isWithin(loop.body, { uri: from.uri, span: statement }))?.block;
  const nodes = nodesIn(block);
  const names = new Set<string>();
  const carries = (value: unknown): boolean => nodesIn(value).some((node) => (node.kind === "name" && names.has(node.name)) || (node.start === from.span.start && node.end === from.span.end));
  for (let known = -1; known < names.size;) {
    known = names.size;
    for (const node of nodes) if ((node.kind === "assign" || node.kind === "named-assignment") && carries(node.value)) for (const name of namesSet(node)) names.add(name);
  }
  return nodes.some((node) => node.kind === "call" && node.start >= to.span.start && node.end <= to.span.end && carries(node));
}

/** The names that an assignment gives a value, or a part of one. */
function namesSet(node: Node & { readonly kind: "assign" | "named-assignment" }): string[] {
  return nodesIn(node.kind === "assign" ? node.targets : node.target).flatMap((each) => (each.kind === "name" ? [each.name] : []));
}
