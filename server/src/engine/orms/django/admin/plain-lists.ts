import type { Call, Expression } from "../../../facts";
import type { Driven } from "../../../flow/adapter";
import { textOf } from "../../../flow/expressions";
import { enterLoop, leaveLoop, walk } from "../../../flow/iteration";
import type { Machine } from "../../../flow/machine";
import { optionsOf } from "../../../flow/values";
import type { Entity } from "../../../project";
import { managerOf } from "../queries";
import { ROWS_PER_PAGE } from "./change-list";

/** Lists of the models that a file registers without a class: `admin.site.register(Book)` takes `ModelAdmin` as it is (`AdminSite.register`), whose list shows the `__str__` of each row. */
export function plainListsIn(m: Machine, uri: string): readonly Driven[] {
  return (m.project.files.get(uri)?.declares.calls ?? []).flatMap((call) => modelsOf(m, uri, call).flatMap((node): readonly Driven[] => {
    const symbol = m.project.resolveExpression(uri, node);
    const entity = symbol?.kind === "class" ? m.project.entityOfClass(symbol.class) : undefined;
    const isPlain = entity && m.project.registrations(entity.key).some((each) => each.class === undefined);
    // What is asked once per row weighs as much as on any other page, as in a list with columns of its own.
    return entity && isPlain ? [{ entry: "request", run: (_self, machine) => showRows(machine, entity, node, call) }] : [];
  }));
}

/** `Book` in `admin.site.register(Book)`, `admin.site.register([Book, Author])`; nothing where a class is given. */
function modelsOf(m: Machine, uri: string, { callee, arguments: given }: Call): readonly Expression[] {
  if (callee.kind !== "attribute" || callee.name !== "register" || given.length !== 1 || given[0].spread !== undefined) return [];
  const site = m.project.resolveExpression(uri, callee.object);
  if (site?.kind !== "external" || !/^django\.contrib\.admin\.(sites\.)?site$/.test(site.name)) return [];
  const [{ value }] = given;
  return value.kind === "sequence" ? value.items.filter((item) => item.kind !== "spread") : [value];
}

function showRows(m: Machine, entity: Entity, node: Expression, call: Call): void {
  const { query } = managerOf(m, entity, entity.defaultManager, node, "class");
  const rows = m.derive(query, { bound: query.bound.kind === "none" ? { kind: "rows", rows: ROWS_PER_PAGE } : query.bound });
  const { events } = m;
  m.events = [];
  const walked = walk(m, { kind: "query", query: rows, varies: 0 }, node, "iterate");
  m.events = events;
  const loop = enterLoop(m, walked, undefined, { kind: "callback", at: m.at(node), body: m.at(call), exits: false });
  for (const row of optionsOf(loop.element)) if (row.kind === "row") textOf(m, row, node);
  leaveLoop(m);
}
