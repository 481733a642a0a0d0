import type { ProjectCore } from "../../../project";
import type { OrmDecorator } from "../../script/decorators";
import type { IndexDraft } from "./drafts";
import { argument, isTrueAt, mappingOf, property, returnedBy, settled, textOf, textsOf, type Scoped } from "../../script/literals";

/** `@Index(…)` and `@Unique(…)`, on a class or on a property (its name is `property` then). */
export function indexOf(core: ProjectCore, decorator: OrmDecorator, own: string | undefined): IndexDraft | undefined {
  if (decorator.name !== "Index" && decorator.name !== "Unique") return undefined;
  const { call, uri } = decorator;
  const parts = [0, 1, 2].flatMap((at) => argument(call, at, uri) ?? []);
  const name = parts[0] && textOf(core, parts[0]);
  const options = parts.find((each) => mappingOf(core, each));
  const fields = parts.find((each) => /^(sequence|function)$/.test(settled(core, each).expression.kind));
  const columns = own !== undefined ? [own] : ((fields && fieldsOf(core, fields)) ?? givenFields(core, decorator));
  // `@Index("name", { synchronize: false })` tells of an index that a migration makes; on what is not said here.
  if (columns === undefined && name === undefined && !decorator.isWrapped) return undefined;
  return {
    name,
    columns,
    unique: decorator.name === "Unique" || isTrueAt(core, options, "unique"),
    partial: property(core, options, "where") !== undefined,
    isPlain: !["spatial", "fulltext", "type"].some((each) => property(core, options, each) !== undefined),
    source: decorator.name === "Unique" ? "constraint" : "meta-index",
    ...(!decorator.isWrapped && { declaredAt: { uri: decorator.uri, span: { start: decorator.written.start, end: decorator.written.end } }, declaration: { uri: decorator.uri, expression: decorator.written } }),
  };
}

/** What a decorator of the project's own is handed: `@ColumnIndex(["author", "createdAt"])`. */
function givenFields(core: ProjectCore, { isWrapped, written, writtenIn }: OrmDecorator): readonly string[] | undefined {
  if (!isWrapped || written.kind !== "call") return undefined;
  return written.arguments.map(({ value }) => ({ uri: writtenIn, expression: value })).flatMap((each) => (settled(core, each).expression.kind === "sequence" ? [textsOf(core, each)] : []))[0];
}

/** `["author", "createdAt"]`, `(post) => [post.author, post.createdAt]`, `(post) => ({ author: 1 })`. */
function fieldsOf(core: ProjectCore, scoped: Scoped): readonly string[] | undefined {
  const texts = textsOf(core, scoped);
  if (texts) return texts;
  const found = returnedBy(core, settled(core, scoped));
  if (!found) return undefined;
  const { expression } = found;
  if (expression.kind === "mapping") {
    const keys = expression.entries.map(({ key }) => (key?.kind === "literal" ? String(key.value) : undefined));
    return keys.every((key) => key !== undefined) ? keys : undefined;
  }
  if (expression.kind !== "sequence") return undefined;
  const names = expression.items.map((item) => memberPath(item, found.parameter));
  return names.every((each) => each !== undefined) ? names : undefined;
}

/** `post.author.name` as seen from the parameter. */
function memberPath(node: Scoped["expression"], parameter: string | undefined): string | undefined {
  if (node.kind !== "attribute") return undefined;
  if (node.object.kind === "name" && node.object.name === parameter) return node.name;
  const inner = memberPath(node.object, parameter);
  return inner === undefined ? undefined : `${inner}.${node.name}`;
}
