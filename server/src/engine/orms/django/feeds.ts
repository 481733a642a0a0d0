import type { Driven } from "../../flow/adapter";
import { callFunction } from "../../flow/calls";
import { parameterOf } from "../../flow/evaluate";
import { emptyCall } from "../../flow/expressions";
import { enterLoop, leaveLoop, walk } from "../../flow/iteration";
import type { Machine } from "../../flow/machine";
import { unknown, type Value } from "../../flow/values";
import type { ClassRef, FunctionRef } from "../../project";
import { classNode } from "./views";

/** A feed or sitemap: Django walks `items()` and asks each `item_*` method (a sitemap's `location`, `lastmod` …) for every row (*The syndication feed framework*). */
export function feedOf(m: Machine, owner: ClassRef): readonly Driven[] {
  const isFeed = m.project.inheritsFrom(owner, "django.contrib.syndication.views.Feed");
  if (!isFeed && !m.project.inheritsFrom(owner, "django.contrib.sitemaps.Sitemap")) return [];
  const rows = m.project.method(owner, "items");
  if (!rows) return [];
  const perRow = methodsNamed(m, owner, isFeed ? /^item_/ : /^(location|lastmod|changefreq|priority)$/);
  return [{ entry: "request", run: (self) => askPerRow(m, owner, self, rows, perRow) }];
}

function methodsNamed(m: Machine, owner: ClassRef, pattern: RegExp): readonly FunctionRef[] {
  const found: FunctionRef[] = [];
  for (const ancestor of m.project.ancestors(owner)) {
    if (!("class" in ancestor)) continue;
    for (const { name } of ancestor.class.declaration.methods) {
      const method = pattern.test(name) ? m.project.method(owner, name) : undefined;
      if (method && !found.includes(method)) found.push(method);
    }
  }
  return found;
}

function askPerRow(m: Machine, owner: ClassRef, self: Value, rows: FunctionRef, perRow: readonly FunctionRef[]): void {
  const node = classNode(owner);
  const call = emptyCall(m, node);
  const handing = (fn: FunctionRef, given: Value | undefined) => ({
    ...call,
    positional: fn.declaration.parameters.slice(1).map((parameter, i) => ({ value: (i === 0 ? given : undefined) ?? parameterOf(m, owner, parameter.name) ?? unknown(), node: { value: node, start: node.start, end: node.end } })),
  });
  const subjectOf = m.project.method(owner, "get_object");
  const subject = subjectOf && rows.declaration.parameters.length > 1 ? callFunction(m, subjectOf, self, handing(subjectOf, undefined)) : undefined;
  const walked = walk(m, callFunction(m, rows, self, handing(rows, subject?.kind === "unknown" ? undefined : subject)), node, "iterate");
  const { declaration } = owner;
  const loop = enterLoop(m, walked, undefined, { kind: "callback", at: m.at(node), body: m.at(declaration), exits: false });
  for (const fn of perRow) callFunction(m, fn, self, handing(fn, loop.element));
  leaveLoop(m);
}
