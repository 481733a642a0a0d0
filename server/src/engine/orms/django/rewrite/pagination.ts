import type { ListViewDeclared, PageSized, Paginated, Query } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { Location, TextEdit } from "../../../source";
import { standalone } from "./chain";
import { attributeBlock } from "./class-members";
import { EditSet, insertion, replacement } from "./edit-set";
import { isContainer, orderByKey } from "./evaluation";
import { availableName } from "./imports";
import { freeName, pathTo, scopeAt } from "./names";
import { LINE_LIMIT, type SourceText } from "./source-text";

const PAGE_SIZE = 50;

/** Cuts the query in pages with Django's Paginator, import and the `page` parameter included. */
export function paginate(query: Query, expression: Location, project: ProjectModel | undefined): FixProposal | undefined {
  if (query.bound.kind !== "none" || isContainer(project, expression)) return undefined;
  return {
    title: `Show pages of ${PAGE_SIZE} rows`,
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(expression.uri);
      if (!source?.holds(expression.span) || source.hasComment(expression.span)) return undefined;
      const request = requestIn(source, expression, project);
      if (request === undefined || !isLastWord(source, expression.span.end)) return undefined;
      const paginator = availableName(source, "django.core.paginator", "Paginator");
      const rows = needsOrder(query, project)
        ? `${standalone(source, expression.span).replace(/\.all\(\)$/, "")}.order_by(${source.literal("pk")})`
        : source.slice(expression.span);
      const page = `get_page(${request}.GET.get(${source.literal("page")}))`;
      const whole = `${paginator.text}(${rows}, ${PAGE_SIZE}).${page}`;
      edits.add(expression.uri, paginator.edits);
      if (fits(source, expression, whole)) edits.add(expression.uri, replacement(expression.span.start, expression.span.end, whole));
      else if (!edits.add(expression.uri, statements(source, expression, project, { paginator: paginator.text, rows, page, whole }))) return undefined;
      return edits.finish();
    },
  };
}

/** How the request is called here: a parameter of the function, or an attribute of the view. */
function requestIn(source: SourceText, at: Location, project: ProjectModel | undefined): string | undefined {
  const scope = project && scopeAt(project, at);
  if (!scope?.declaration) return undefined;
  const names = scope.declaration.parameters.map((parameter) => parameter.name);
  if (names.includes("request")) return "request";
  // Only views are known to have it; `self.request` read anywhere in the class says that this is one.
  if (!scope.owner || names[0] !== "self") return undefined;
  return /\bself\.request\b|\bView\b/.test(source.slice(scope.owner)) ? "self.request" : undefined;
}

function isLastWord(source: SourceText, end: number): boolean {
  return !/^[ \t]*[.[(]/.test(source.text.slice(end, end + 8)) && source.text[source.skipTrivia(end)] !== ".";
}

/** Pages of rows without an order repeat and lose rows. */
function needsOrder(query: Query, project: ProjectModel | undefined): boolean {
  if (query.order === "none") return true;
  const entity = project?.entity(query.entity);
  return query.order === "default" && entity !== undefined && !entity.orderingUnknown && entity.ordering.length === 0;
}

function fits(source: SourceText, expression: Location, whole: string): boolean {
  const { start, end } = expression.span;
  if (/[\r\n]/.test(whole)) return false;
  return source.lineEnd(end) - source.lineStart(start) - (end - start) + whole.length <= LINE_LIMIT;
}

/** What does not fit on the line gets lines of its own above the statement. */
function statements(
  source: SourceText, expression: Location, project: ProjectModel | undefined,
  parts: { readonly paginator: string; readonly rows: string; readonly page: string; readonly whole: string },
): TextEdit[] | undefined {
  const inPlace = [replacement(expression.span.start, expression.span.end, parts.whole)];
  const scope = project && scopeAt(project, expression);
  const path = scope && pathTo(scope.body, expression.span);
  const statement = path?.findLast((node) => ["expression", "assign", "return"].includes(node.kind ?? ""));
  if (!scope || !project || !statement || !source.ownsLines(statement)) return inPlace;
  if (path!.slice(path!.indexOf(statement)).some((node) => ["comprehension", "lambda", "conditional", "logical"].includes(node.kind ?? ""))) return inPlace;
  const paginator = freeName(scope, project, expression.uri, "paginator", "row_paginator");
  const page = freeName(scope, project, expression.uri, "page", "page_obj", "row_page");
  if (!paginator || !page) return inPlace;
  const indent = source.indentAt(statement.start);
  const lines = `${indent}${paginator} = ${parts.paginator}(${parts.rows}, ${PAGE_SIZE})${source.eol}${indent}${page} = ${paginator}.${parts.page}${source.eol}`;
  return [insertion(source.aboveStatement(statement.start), lines), replacement(expression.span.start, expression.span.end, page)];
}

/** `paginate_by = 50` (and `ordering` when there is none) in a list view. */
export function paginateView(event: ListViewDeclared, project: ProjectModel | undefined): FixProposal | undefined {
  if (event.paginated !== "no") return undefined;
  return {
    title: `Show pages of ${PAGE_SIZE} rows`,
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      const { view } = event;
      const source = edits.source(view.uri);
      if (!source || view.bodyStart > source.text.length || !source.startsLine(view.bodyStart)) return undefined;
      const indent = source.indentAt(view.bodyStart);
      const block = attributeBlock(source, view.bodyStart, indent);
      if (!block) return undefined;
      const lines = [`paginate_by = ${PAGE_SIZE}`];
      if (!event.ordered) {
        const own = /\bdef\s+get_queryset\b/.test(source.text.slice(view.bodyStart, block.classEnd));
        // A `get_queryset` of its own leaves `ordering` aside.
        const order = own && event.query ? orderByKey(event.query, project)?.build(text) : undefined;
        if (own && !order) return undefined;
        if (order) for (const file of order) edits.source(file.uri) && edits.add(file.uri, file.edits);
        else lines.push(`ordering = [${source.literal("pk")}]`);
      }
      edits.add(view.uri, block.insert(lines));
      return edits.finish();
    },
  };
}

/** `rows[start:start + size]` → `rows.filter(pk__gt=after)[:size]`, for rows in the order of their key. */
export function pageByKey({ expression, query, at }: Paginated, project: ProjectModel): FixProposal | undefined {
  const order = typeof query.order === "string" ? undefined : query.order;
  const key = project.entity(query.entity)?.primaryKey;
  if (order?.length !== 1 || order[0].path.length !== 1 || (order[0].path[0] !== "pk" && order[0].path[0] !== key)) return undefined;
  if (expression?.kind !== "subscript" || expression.index.kind !== "slice" || !expression.index.lower || !expression.index.upper) return undefined;
  const { object, index } = expression;
  const { lower, upper } = index;
  return {
    title: "Go on behind the last row of the page before",
    safety: "sketch",
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(at.uri);
      if (!source?.holds(expression) || source.hasComment(expression) || !lower || upper?.kind !== "binary" || upper.operator !== "+") return undefined;
      const start = source.slice(lower);
      const size = source.slice(upper.left) === start ? upper.right : source.slice(upper.right) === start ? upper.left : undefined;
      if (!size || !source.isChain(object)) return undefined;
      edits.add(at.uri, replacement(object.end, expression.end, `.filter(pk__${order[0].descending ? "lt" : "gt"}=after)[:${source.slice(size)}]`));
      return edits.finish();
    },
  };
}

/** The largest page of a fix. */
const MOST_ROWS = 100;

/** `min(size, 100)`; `max_page_size = 100` behind the attribute that lets clients choose. */
export function limitPageSize({ at, by, number, size, declared }: PageSized): FixProposal | undefined {
  if (by === "class") return declared?.bodyStart === undefined ? undefined : { title: `Allow ${MOST_ROWS} rows at the most`, safety: "review", preferred: true, build: (text) => maximumOf(new EditSet(text), at.uri, declared as Limitable) };
  if (!size) return undefined;
  return {
    title: `Allow ${MOST_ROWS} rows at the most`,
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(at.uri);
      if (!source?.holds(size) || source.hasComment(size)) return undefined;
      const written = source.slice(size);
      if (/[\r\n]/.test(written)) return undefined;
      edits.add(at.uri, replacement(size.start, size.end, `min(${number.isInteger ? written : `int(${written})`}, ${MOST_ROWS})`));
      return edits.finish();
    },
  };
}

type Limitable = NonNullable<PageSized["declared"]> & { readonly bodyStart: number };

function maximumOf(edits: EditSet, uri: string, { maximum, bodyStart, after }: Limitable): ReturnType<EditSet["finish"]> {
  const source = edits.source(uri);
  if (!source) return undefined;
  const line = `${maximum} = ${MOST_ROWS}`;
  if (after) {
    if (!source.ownsLines(after.span)) return undefined;
    edits.add(uri, insertion(source.lineEnd(after.span.end), source.eol + source.indentAt(after.span.start) + line));
  } else {
    if (!source.startsLine(bodyStart)) return undefined;
    edits.add(uri, attributeBlock(source, bodyStart, source.indentAt(bodyStart))?.insert([line]));
  }
  return edits.finish();
}
