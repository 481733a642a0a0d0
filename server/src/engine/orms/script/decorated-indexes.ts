import type { AttributeDeclaration, ClassDeclaration, FileFacts } from "../../facts";
import type { DatabaseIndex, Entity, IndexColumn, ProjectModel } from "../../project";
import type { FixProposal } from "../../rule";
import type { TextEdit } from "../../source";
import { importName } from "./imports";
import { entryOf, removeProperty } from "./object-literals";
import { inFile } from "./rewriter";
import { indentAt, quotedText } from "./source-style";

interface Wanted {
  readonly columns: readonly IndexColumn[];
  readonly method?: "btree" | "gin";
  readonly condition?: string;
}

/** How an ORM writes indexes as decorators. */
export interface IndexDecorator {
  /** The module that has `Index`. */
  readonly module: string;
  /** What stands in the brackets on a class, for columns in quotes. */
  readonly arguments: (quoted: readonly string[]) => string;
}

/** `@Index()` on the property of one column, `@Index(["a", "b"])` on the class for several. Review. */
export function addDecoratedIndex(decorator: IndexDecorator, entity: Entity, { columns, method, condition }: Wanted, title: string, project: ProjectModel | undefined): FixProposal | undefined {
  const fields = columns.map(({ field }) => field);
  // Decorators know neither operator classes nor expressions (TypeORM: *Indices*; MikroORM: *Defining Entities*, indexes).
  if (!project || entity.isMigrated || method === "gin" || condition !== undefined || columns.some(({ opclass, expression }) => opclass !== undefined || expression !== undefined) || !fields.every((field) => field !== undefined)) return undefined;
  const place = fields.length === 1 ? propertyOf(entity, fields[0], project) : classOf(entity, project);
  const facts = place && project.files.get(place.uri);
  if (!place || !facts) return undefined;
  const { uri, before } = place;
  return {
    title, safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const made = importName(facts, text, "Index", moduleOf(facts, decorator.module), style);
      const at = startOf(text, before);
      if (!made || at === undefined) return undefined;
      const names = fields.length === 1 ? "" : decorator.arguments(fields.map((field) => quotedText(field, style)));
      const edit: TextEdit = { span: { start: at, end: at }, newText: `@${made.local}(${names})${style.newline}${indentAt(text, at)}` };
      return [...(made.edit ? [made.edit] : []), edit];
    }),
  };
}

/** Where the file has the other decorators from. */
function moduleOf(facts: FileFacts, module: string): string {
  const given = facts.declares.imports.find(({ name, typeOnly }) => !typeOnly && name === "Entity");
  return given?.module ?? module;
}

interface Place {
  readonly uri: string;
  /** Where the first decorator, or the declaration itself, begins. */
  readonly before: number;
}

/** The property that has a column: the relation itself for a foreign key, whose own property may be no column of its own. */
function propertyOf(entity: Entity, field: string, project: ProjectModel): Place | undefined {
  const relation = [...entity.relations.values()].find((each) => each.column === field && each.form === "foreign-key");
  const at = relation?.declaredAt ?? entity.fields.get(field)?.declaredAt;
  const declared = at && attributeAt(project.files.get(at.uri), at.span.start);
  return at && declared && { uri: at.uri, before: declared.decorators?.[0]?.start ?? declared.start };
}

function attributeAt(facts: FileFacts | undefined, nameStart: number): AttributeDeclaration | undefined {
  const find = (classes: readonly ClassDeclaration[]): AttributeDeclaration | undefined => {
    for (const each of classes) {
      const found = each.attributes.find((attribute) => attribute.nameStart === nameStart && attribute.decorators?.length) ?? find(each.classes);
      if (found) return found;
    }
    return undefined;
  };
  return facts && find(facts.declares.classes);
}

function classOf({ class: ref }: Entity, project: ProjectModel): Place | undefined {
  const first = ref?.declaration.decorators[0];
  return ref && first && project.files.has(ref.uri) ? { uri: ref.uri, before: first.start } : undefined;
}

/** The `@` of a decorator. */
function startOf(text: string, decorator: number): number | undefined {
  if (text[decorator] === "@") return decorator;
  const at = text.lastIndexOf("@", decorator);
  return at >= 0 && text.slice(at + 1, decorator).trim() === "" ? at : undefined;
}

/** Takes a decorator away with its line, or `unique: true` out of a column's options. Review. */
export function removeDecoratedIndex(_entity: Entity, { declaration, source }: DatabaseIndex, title: string): FixProposal | undefined {
  if (!declaration) return undefined;
  const { uri, expression } = declaration;
  return {
    title, safety: "review", preferred: true,
    build: inFile(uri, (text) => {
      if (source === "unique") {
        const options = expression.kind === "call" ? expression.arguments.map(({ value }) => value).find((value) => value.kind === "mapping") : undefined;
        const entry = options?.kind === "mapping" ? entryOf(options, "unique") : undefined;
        const edit = options?.kind === "mapping" && entry ? removeProperty(text, options, entry) : undefined;
        return edit && [edit];
      }
      const start = startOf(text, expression.start);
      if (start === undefined) return undefined;
      const behind = /^[ \t]*(\r\n|\r|\n)?[ \t]*/.exec(text.slice(expression.end))!;
      const edits: TextEdit[] = [{ span: { start, end: expression.end + behind[0].length }, newText: "" }];
      const name = text.slice(start + 1, expression.kind === "call" ? expression.callee.end : expression.end);
      const unused = unusedImport(text, name, start, expression.end);
      return unused ? [unused, ...edits] : edits;
    }),
  };
}

/** The name in the braces of an import that nothing else uses now. */
function unusedImport(text: string, name: string, start: number, end: number): TextEdit | undefined {
  const rest = text.slice(0, start) + " ".repeat(end - start) + text.slice(end);
  if ([...rest.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length !== 1) return undefined;
  const match = new RegExp(`import\\s*\\{[^}]*?((?:,\\s*)?\\b${name}\\b(?:\\s*,)?)[^}]*\\}\\s*from`).exec(rest);
  const found = match?.[1];
  if (!match || found === undefined) return undefined;
  const at = match.index + match[0].indexOf(found);
  const isMiddle = found.startsWith(",") && found.endsWith(",");
  const behind = found.startsWith(",") ? 0 : /^[ \t]*/.exec(rest.slice(at + found.length))![0].length;
  return { span: { start: at, end: at + found.length + behind }, newText: isMiddle ? "," : "" };
}
