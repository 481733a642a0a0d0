import type { Argument, Expression } from "../../../facts";
import type { RelationRead } from "../../../flow";
import type { Entity, ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { TextEdit } from "../../../source";
import { literalText } from "./columns";
import { EditSet, replacement } from "./edit-set";
import { addToModuleImport, availableName } from "./imports";
import { boundIn, namesIn, pathTo, plural, scopeAt, snakeCase } from "./names";
import type { MethodStep } from "./placement";
import { LINE_LIMIT, type SourceText } from "./source-text";

/** What may stand between the relation and its use: the same in a `Prefetch`'s queryset. */
const MOVABLE = new Set(["filter", "exclude", "order_by", "distinct", "select_related", "only", "defer", "annotate", "all"]);

/** Functions that take a list as they take a queryset. */
const TAKES_ROWS = new Set(["list", "tuple", "set", "sorted", "len", "sum", "any", "all", "min", "max", "enumerate", "zip", "reversed", "bool", "map", "filter"]);

/** `Prefetch("items", queryset=…filter(…), to_attr="…")` at the query; the loop reads the attribute. */
export function prefetchFiltered(read: RelationRead, project: ProjectModel): FixProposal | undefined {
  const { bypasses, relation, row } = read;
  if (!bypasses || !row.query || relation.target === undefined) return undefined;
  if (bypasses.load.toAttribute !== undefined) return readAttribute(read, bypasses.load.toAttribute);
  const steps = bypasses.query.origin.steps.filter((step): step is MethodStep => step.call.callee.kind === "attribute");
  const last = steps.at(-1);
  const place = prefetchArgument(read);
  const target = project.entity(relation.target);
  if (!last || !place || !target || steps.length !== bypasses.query.origin.steps.length || bypasses.load.query) return undefined;
  const { root } = bypasses.query.origin;
  if (root.uri !== last.uri || root.expression.end !== steps[0].call.callee.object.end) return undefined;
  if (steps.some((step) => step.custom || step.uri !== last.uri || !MOVABLE.has(step.name))) return undefined;
  if (!usesRowsOnly(project, last)) return undefined;
  // A helper or a property is handed rows of other queries as well: these do not have the attribute.
  if (!isSameFunction(project, last, place.step)) return undefined;
  const locals = new Set(steps.flatMap((step) => step.call.arguments).flatMap((argument) => [...namesIn([argument.value])]));
  if ([...locals].some((name) => last.uri !== place.step.uri || project.resolveName(last.uri, name) === undefined || isLocal(project, last, name))) return undefined;
  const attribute = attributeName(steps, relation.name, project.entity(relation.owner), target);
  return {
    title: `Prefetch the wanted rows as \`${attribute}\``,
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      const loop = edits.source(last.uri);
      const definition = edits.source(place.step.uri);
      if (!loop?.hasCall(last.call) || !definition?.hasCall(place.step.call) || !loop.text.startsWith(relation.name, root.expression.end - relation.name.length)) return undefined;
      const span = { start: root.expression.end, end: last.call.close + 1 };
      if (loop.hasComment(span)) return undefined;
      const written = writtenName(definition, place.step.uri, target, project);
      if (!written) return undefined;
      const calls = loop.slice(span).replace(/\s*\\?\r?\n\s*(?=\.)/g, "").replace(/^\.all\(\)(?=\.)/, "");
      if (/[\r\n]/.test(calls)) return undefined;
      const prefetch = availableName(definition, "django.db.models", "Prefetch");
      const queryset = `${written.text}.${target.defaultManager || "objects"}${calls}`;
      const parts = [definition.slice(place.argument), `queryset=${queryset}`, `to_attr=${definition.literal(attribute)}`];
      edits.add(place.step.uri, [...prefetch.edits, ...written.edits]);
      edits.add(place.step.uri, replacement(place.argument.start, place.argument.end, `${prefetch.text}(${layout(definition, place.argument, parts, prefetch.text)})`));
      edits.add(last.uri, replacement(root.expression.end - relation.name.length, span.end, attribute));
      return edits.finish();
    },
  };
}

/** The rows are there under another name: `book.tags.all()` → `book.loaded_tags`. */
function readAttribute(read: RelationRead, attribute: string): FixProposal | undefined {
  const { query } = read.bypasses!;
  const [step, ...others] = query.origin.steps;
  if (!step || others.length > 0 || step.name !== "all" || step.call.callee.kind !== "attribute" || step.call.callee.object.kind !== "attribute") return undefined;
  const relation = step.call.callee.object;
  return {
    title: `Read \`${attribute}\` instead`,
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(step.uri);
      if (!source?.hasCall(step.call) || !source.text.startsWith(relation.name, relation.nameStart)) return undefined;
      if (source.text[source.skipTrivia(step.call.close + 1)] === ".") return undefined;
      edits.add(step.uri, replacement(relation.nameStart, step.call.close + 1, attribute));
      return edits.finish();
    },
  };
}

/** The string argument that loads the relation now, when no other argument builds on it. */
function prefetchArgument(read: RelationRead): { readonly step: MethodStep; readonly argument: Argument } | undefined {
  const path = read.bypasses!.load.path;
  let found: { readonly step: MethodStep; readonly argument: Argument } | undefined;
  for (const step of read.row.query!.origin.steps) {
    if (step.name !== "prefetch_related" || step.call.callee.kind !== "attribute") continue;
    for (const argument of step.call.arguments) {
      const literal = literalText(argument);
      if (literal?.startsWith(`${path}__`)) return undefined;
      if (literal === path) found = { step: step as MethodStep, argument };
    }
  }
  return found;
}

/** The rows are walked or counted, and no queryset method follows. */
function usesRowsOnly(project: ProjectModel, last: MethodStep): boolean {
  const scope = scopeAt(project, { uri: last.uri, span: last.call });
  const path = scope && pathTo(scope.body, last.call) as unknown as Expression[];
  if (!path) return false;
  const index = path.findLastIndex((node) => node.start === last.call.start && node.end === last.call.end);
  if (index < 1) return false;
  const parent = path[index - 1] as unknown as { kind?: string; iterable?: Expression; value?: Expression };
  if (parent.iterable && parent.iterable.start === last.call.start) return true;
  // An argument has no kind; the call it belongs to stands above it.
  const call = parent.kind === undefined && parent.value ? path[index - 2] : undefined;
  return call?.kind === "call" && call.callee.kind === "name" && TAKES_ROWS.has(call.callee.name);
}

function isSameFunction(project: ProjectModel, ...steps: readonly MethodStep[]): boolean {
  const scopes = steps.map((step) => `${step.uri}#${scopeAt(project, { uri: step.uri, span: step.call })?.declaration?.id ?? ""}`);
  return new Set(scopes).size === 1;
}

function isLocal(project: ProjectModel, step: MethodStep, name: string): boolean {
  const scope = scopeAt(project, { uri: step.uri, span: step.call });
  if (!scope?.declaration) return false;
  return scope.declaration.parameters.some((parameter) => parameter.name === name) || boundIn(scope.body).has(name);
}

/** `filter(active=True)` of `items` → `active_items`. */
function attributeName(steps: readonly MethodStep[], relation: string, owner: Entity | undefined, target: Entity): string {
  const base = relation.endsWith("_set") ? plural(snakeCase(target.name)) : relation;
  const condition = steps.find((step) => step.name === "filter")?.call.arguments[0];
  const key = condition?.name?.split("__")[0];
  const value = condition?.value.kind === "literal" ? condition.value.value : undefined;
  const adjective = typeof value === "string" && /^[a-z]\w{0,19}$/i.test(value)
    ? value.toLowerCase()
    : key !== undefined && value === true ? key.replace(/^is_/, "") : undefined;
  const kind = adjective ?? (steps.some((step) => step.name === "filter" || step.name === "exclude") ? "filtered" : "ordered");
  let name = `${kind}_${base}`;
  while (owner && (owner.relations.has(name) || owner.fields.has(name))) name = `prefetched_${name}`;
  return name;
}

/** The target's class under a name of this file, imported beside its neighbours where it is not known yet. */
function writtenName(
  source: SourceText, uri: string, target: Entity, project: ProjectModel,
): { readonly text: string; readonly edits: readonly TextEdit[] } | undefined {
  const facts = project.files.get(uri);
  const known = project.resolveName(uri, target.name);
  if (known?.kind === "class" && known.class.key === target.class?.key) return { text: target.name, edits: [] };
  if (known || !facts || !target.class) return undefined;
  for (const one of facts.declares.imports) {
    if (one.name === undefined || one.typeOnly) continue;
    const symbol = project.resolveName(uri, one.local);
    if (symbol?.kind !== "class" || symbol.class.uri !== target.class.uri) continue;
    const edits = addToModuleImport(source, ".".repeat(one.level) + one.module, target.name);
    if (edits) return { text: target.name, edits };
  }
  return undefined;
}

/** On one line where it fits; else its arguments on one line, or on one each. */
function layout(source: SourceText, argument: Argument, parts: readonly string[], callee: string): string {
  const column = argument.start - source.lineStart(argument.start);
  const oneLine = parts.join(", ");
  const rest = source.lineEnd(argument.end) - argument.end;
  if (column + callee.length + oneLine.length + 2 + rest <= LINE_LIMIT) return oneLine;
  const indent = source.indentAt(argument.start);
  const joined = indent + source.indentUnit + oneLine;
  if (joined.length <= LINE_LIMIT) return source.eol + joined + source.eol + indent;
  return source.eol + parts.map((part) => `${indent}${source.indentUnit}${part},${source.eol}`).join("") + indent;
}
