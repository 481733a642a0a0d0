import type {
  Argument, AttributeDeclaration, ClassDeclaration, Expression, FunctionDeclaration, ImportDeclaration, Parameter, Pattern, Statement,
} from "./expressions";
import type { Declarations, SchemaAttribute, SchemaBlock, TemplateDeclaration } from "./file";

/**
 * A hash of lowered structure, spans left out: two 32-bit lanes, each mixed as FNV-1a with its own prime. Every node adds a tag,
 * every list its length, so different structures cannot add the same sequence.
 */
class Hash {
  private first = 0x811c9dc5;
  private second = 0x1b873593;

  number(value: number): void {
    this.first = Math.imul(this.first ^ value, 0x01000193);
    this.first ^= this.first >>> 15;
    this.second = Math.imul(this.second ^ value, 0x85ebca6b);
    this.second ^= this.second >>> 13;
  }

  text(value: string): void {
    let { first, second } = this;
    const length = value.length;
    for (let at = 0; at < length; at++) {
      const code = value.charCodeAt(at);
      first = Math.imul(first ^ code, 0x01000193);
      second = Math.imul(second ^ code, 0x85ebca6b);
      second ^= second >>> 13;
    }
    this.first = first;
    this.second = second;
    this.number(length);
  }

  flag(value: boolean): void {
    this.number(value ? 1 : 2);
  }

  toString(): string {
    return (this.first >>> 0).toString(16).padStart(8, "0") + (this.second >>> 0).toString(16).padStart(8, "0");
  }
}

/** The fingerprint of what other files may rely on; bodies of functions are left out. */
export function fingerprintDeclarations(declares: Declarations): string {
  const hash = new Hash();
  addAll(hash, declares.imports, addImport);
  addAll(hash, declares.classes, addClass);
  addAll(hash, declares.functions, addFunction);
  addAll(hash, declares.values, addAttribute);
  if (declares.exports) addAll(hash, declares.exports, addText);
  if (declares.calls) addAll(hash, declares.calls, addExpression);
  if (declares.renames) addAll(hash, declares.renames, addRename);
  if (declares.types) addAll(hash, declares.types, addAttribute);
  if (declares.sql) addAll(hash, declares.sql, addText);
  hash.text(declares.directive ?? "");
  if (declares.schema) addAll(hash, declares.schema.blocks, addBlock);
  if (declares.template) addTemplate(hash, declares.template);
  return hash.toString();
}

function addText(hash: Hash, text: string): void {
  hash.text(text);
}

function addRename(hash: Hash, item: { readonly exported: string; readonly local: string }): void {
  hash.text(item.exported);
  hash.text(item.local);
}

function addBlock(hash: Hash, block: SchemaBlock): void {
  hash.text(block.form);
  hash.text(block.name);
  hash.flag(block.isBroken === true);
  hash.number(block.fields.length);
  for (const field of block.fields) {
    hash.text(field.name);
    hash.text(field.type);
    hash.flag(field.isList);
    hash.flag(field.isOptional);
    addAll(hash, field.attributes, addSchemaAttribute);
  }
  addAll(hash, block.attributes, addSchemaAttribute);
  hash.number(block.settings.length);
  for (const setting of block.settings) {
    hash.text(setting.name);
    addExpression(hash, setting.value);
  }
}

function addSchemaAttribute(hash: Hash, item: SchemaAttribute): void {
  hash.text(item.name);
  addAll(hash, item.arguments, addArgument);
}

function addTemplate(hash: Hash, template: TemplateDeclaration): void {
  addOptional(hash, template.extends);
  addAll(hash, template.loads, addText);
  addAll(hash, template.slots, addText);
  hash.number(template.imports.length);
  for (const item of template.imports) {
    addExpression(hash, item.template);
    hash.text(item.name ?? "");
    hash.text(item.local);
  }
  addAll(hash, template.references, addText);
}

/** The fingerprint of each body, by function id. */
export function fingerprintBodies(bodies: Readonly<Record<string, readonly Statement[]>>): Record<string, string> {
  const result = Object.create(null) as Record<string, string>;
  for (const id of Object.keys(bodies)) {
    const hash = new Hash();
    addAll(hash, bodies[id], addStatement);
    result[id] = hash.toString();
  }
  return result;
}

function addAll<T>(hash: Hash, items: readonly T[], add: (hash: Hash, item: T) => void): void {
  hash.number(items.length);
  for (const item of items) add(hash, item);
}

function addOptional(hash: Hash, expression: Expression | undefined): void {
  if (expression) addExpression(hash, expression);
  else hash.number(0);
}

function addImport(hash: Hash, item: ImportDeclaration): void {
  hash.text(item.module);
  hash.number(item.level);
  if (item.name === undefined) hash.number(0);
  else hash.text(item.name);
  hash.text(item.local);
  hash.flag(item.isAliased);
  hash.flag(item.typeOnly);
  hash.flag(item.isReexport === true);
}

function addFunction(hash: Hash, item: FunctionDeclaration): void {
  hash.text(item.id);
  addAll(hash, item.parameters, addParameter);
  addAll(hash, item.decorators, addExpression);
  addOptional(hash, item.returns);
  hash.flag(item.isAsync);
  hash.flag(item.isGenerator);
  hash.number(item.accessor === undefined ? 0 : item.accessor === "get" ? 1 : 2);
  hash.flag(item.isStatic === true);
  hash.flag(item.isArrow === true);
  hash.flag(item.isPrivate === true);
  hash.flag(item.isSignature === true);
  hash.text(item.directive ?? "");
  addOptional(hash, item.annotation);
}

function addClass(hash: Hash, item: ClassDeclaration): void {
  hash.text(item.id);
  hash.text(item.form ?? "");
  hash.flag(item.isBroken === true);
  addAll(hash, item.implements ?? [], addExpression);
  addAll(hash, item.bases, addExpression);
  addAll(hash, item.keywords, addArgument);
  addAll(hash, item.decorators, addExpression);
  addAll(hash, item.attributes, addAttribute);
  addAll(hash, item.methods, addFunction);
  addAll(hash, item.classes, addClass);
}

function addAttribute(hash: Hash, item: AttributeDeclaration): void {
  hash.text(item.name);
  addAll(hash, item.decorators ?? [], addExpression);
  hash.number((item.isStatic ? 1 : 0) + (item.isOptional ? 2 : 0));
  addOptional(hash, item.annotation);
  addOptional(hash, item.value);
}

function addParameter(hash: Hash, item: Parameter): void {
  hash.text(item.name);
  addOptional(hash, item.pattern);
  addAll(hash, item.decorators ?? [], addExpression);
  hash.number(item.spread === undefined ? 0 : item.spread === "sequence" ? 1 : 2);
  addOptional(hash, item.annotation);
  addOptional(hash, item.default);
}

function addArgument(hash: Hash, item: Argument): void {
  if (item.name === undefined) hash.number(0);
  else hash.text(item.name);
  hash.number(item.spread === undefined ? 0 : item.spread === "sequence" ? 1 : 2);
  addExpression(hash, item.value);
}

function addExpression(hash: Hash, item: Expression): void {
  switch (item.kind) {
    case "name":
      hash.number(11);
      return hash.text(item.name);
    case "attribute":
      hash.number(item.lookup === undefined ? 12 : item.lookup === "django" ? 35 : 36);
      addExpression(hash, item.object);
      if (item.optional) hash.number(37);
      return hash.text(item.name);
    case "call":
      hash.number(13);
      if (item.form) hash.text(item.form);
      if (item.optional) hash.number(37);
      if (item.types) addAll(hash, item.types, addExpression);
      addExpression(hash, item.callee);
      return addAll(hash, item.arguments, addArgument);
    case "subscript":
      hash.number(14);
      addExpression(hash, item.object);
      return addExpression(hash, item.index);
    case "slice":
      hash.number(15);
      addOptional(hash, item.lower);
      addOptional(hash, item.upper);
      return addOptional(hash, item.step);
    case "literal":
      return addLiteral(hash, item.value);
    case "format":
      hash.number(17);
      addAll(hash, item.texts ?? [], addText);
      return addAll(hash, item.parts, addExpression);
    case "sequence":
      hash.number(item.of === "list" ? 18 : item.of === "tuple" ? 19 : 20);
      return addAll(hash, item.items, addExpression);
    case "mapping":
      hash.number(21);
      return addAll(hash, item.entries, addEntry);
    case "comprehension":
      hash.number(22);
      hash.text(item.of);
      addExpression(hash, item.element);
      addOptional(hash, item.value);
      hash.number(item.clauses.length);
      for (const clause of item.clauses) {
        addExpression(hash, clause.target);
        addExpression(hash, clause.iterable);
        addAll(hash, clause.conditions, addExpression);
        hash.flag(clause.isAsync);
      }
      return;
    case "lambda":
      hash.number(23);
      addAll(hash, item.parameters, addParameter);
      hash.flag(item.isAsync);
      if (Array.isArray(item.body)) return addAll(hash, item.body as readonly Statement[], addStatement);
      return addExpression(hash, item.body as Expression);
    case "binary":
      hash.number(24);
      return addOperation(hash, item.operator, item.left, item.right);
    case "logical":
      hash.number(25);
      return addOperation(hash, item.operator, item.left, item.right);
    case "comparison":
      hash.number(26);
      return addOperation(hash, item.operator, item.left, item.right);
    case "unary":
      hash.number(27);
      hash.text(item.operator);
      return addExpression(hash, item.operand);
    case "conditional":
      hash.number(28);
      addExpression(hash, item.test);
      addExpression(hash, item.then);
      return addExpression(hash, item.otherwise);
    case "await":
      hash.number(29);
      return addExpression(hash, item.operand);
    case "yield":
      hash.number(item.delegate ? 30 : 31);
      return addOptional(hash, item.value);
    case "spread":
      hash.number(32);
      return addExpression(hash, item.value);
    case "named-assignment":
      hash.number(33);
      addExpression(hash, item.target);
      return addExpression(hash, item.value);
    case "function":
      hash.number(38);
      return addFunction(hash, item.function);
    case "class":
      hash.number(39);
      return addClass(hash, item.class);
    case "cast":
      hash.number(item.of === "as" ? 40 : 41);
      addExpression(hash, item.operand);
      return addExpression(hash, item.annotation);
    case "opaque":
      hash.number(34);
      return addAll(hash, item.parts, addExpression);
  }
}

function addOperation(hash: Hash, operator: string, left: Expression, right: Expression): void {
  hash.text(operator);
  addExpression(hash, left);
  addExpression(hash, right);
}

function addEntry(hash: Hash, entry: { readonly key?: Expression; readonly value: Expression }): void {
  addOptional(hash, entry.key);
  addExpression(hash, entry.value);
}

function addLiteral(hash: Hash, value: string | number | boolean | null): void {
  hash.number(16);
  if (typeof value === "string") {
    hash.number(1);
    hash.text(value);
  } else hash.text(String(value));
}

function addStatement(hash: Hash, item: Statement): void {
  hash.text(item.kind);
  switch (item.kind) {
    case "expression":
      return addExpression(hash, item.expression);
    case "assign":
      addAll(hash, item.targets, addExpression);
      addOptional(hash, item.annotation);
      return addOptional(hash, item.value);
    case "augment":
      return addOperation(hash, item.operator, item.target, item.value);
    case "return":
    case "raise":
      return addOptional(hash, item.value);
    case "for":
      addExpression(hash, item.target);
      addExpression(hash, item.iterable);
      hash.flag(item.isAsync);
      hash.flag(item.keys === true);
      addAll(hash, item.body, addStatement);
      return addAll(hash, item.otherwise, addStatement);
    case "while":
      if (item.counter) hash.text(`${item.counter.name} ${item.counter.step}`);
      addExpression(hash, item.test);
      addAll(hash, item.body, addStatement);
      return addAll(hash, item.otherwise, addStatement);
    case "if":
      addExpression(hash, item.test);
      addAll(hash, item.then, addStatement);
      return addAll(hash, item.otherwise, addStatement);
    case "try":
      addAll(hash, item.body, addStatement);
      hash.number(item.handlers.length);
      for (const handler of item.handlers) {
        addOptional(hash, handler.types);
        hash.text(handler.name ?? "");
        addAll(hash, handler.body, addStatement);
      }
      addAll(hash, item.otherwise, addStatement);
      return addAll(hash, item.finally, addStatement);
    case "with":
      hash.number(item.items.length);
      for (const { context, target } of item.items) {
        addExpression(hash, context);
        addOptional(hash, target);
      }
      hash.flag(item.isAsync);
      return addAll(hash, item.body, addStatement);
    case "match":
      addExpression(hash, item.subject);
      hash.number(item.cases.length);
      for (const branch of item.cases) {
        addPattern(hash, branch.pattern);
        addAll(hash, branch.captures, addExpression);
        addOptional(hash, branch.guard);
        addAll(hash, branch.body, addStatement);
      }
      return;
    case "assert":
      return addExpression(hash, item.test);
    case "delete":
      return addAll(hash, item.targets, addExpression);
    case "define-function":
      return addFunction(hash, item.function);
    case "define-class":
      return addClass(hash, item.class);
    case "import":
      return addAll(hash, item.imports, addImport);
    case "scope":
      return addAll(hash, item.names, addText);
    case "block":
      hash.flag(item.cached === true);
      return addAll(hash, item.body, addStatement);
    case "include":
      addExpression(hash, item.template);
      addAll(hash, item.arguments, addArgument);
      return hash.flag(item.isolated);
    case "slot":
      return hash.text(item.name);
    case "break":
    case "continue":
    case "pass":
      return;
  }
}

function addPattern(hash: Hash, pattern: Pattern): void {
  hash.text(pattern.kind);
  if (pattern.kind === "value") addExpression(hash, pattern.value);
  else if (pattern.kind === "either") addAll(hash, pattern.options, addPattern);
  else if (pattern.kind === "class") {
    addExpression(hash, pattern.class);
    hash.flag(pattern.bare);
  }
}
