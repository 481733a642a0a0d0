import type { AttributeDeclaration, ClassDeclaration, Expression, FileFacts, FunctionDeclaration, ImportDeclaration } from "../../server/src/engine/facts";

/** Facts of scripts made by hand, for tests of names alone. Positions count up, so that order is that of the text. */
let offset = 0;

function place(): { start: number; end: number; nameStart: number; nameEnd: number } {
  offset += 10;
  return { start: offset, end: offset + 9, nameStart: offset + 1, nameEnd: offset + 2 };
}

/** `a.b.c` as an expression. */
export function dotted(text: string): Expression {
  const { start, end } = place();
  const [first, ...rest] = text.split(".");
  return rest.reduce<Expression>((object, name) => ({ kind: "attribute", object, name, nameStart: start, start, end }), { kind: "name", name: first, start, end });
}

/** `import { name as local } from "module"`: `imported("./a", "x as y")`, `imported("./a", "* as a")`, `imported("./a", "default as a")`. */
export function imported(module: string, what: string): ImportDeclaration {
  const [name, local = name] = what.split(" as ");
  return { module, level: 0, ...(name !== "*" && { name }), local, isAliased: name === "*", typeOnly: false, ...place() };
}

/** `export { name as local } from "module"`; `export * from "module"` is `"*"`. */
export function passedOn(module: string, what: string): ImportDeclaration {
  if (what === "*") return { module, level: 0, name: "*", local: "", isAliased: false, typeOnly: false, isReexport: true, ...place() };
  return { ...imported(module, what), isReexport: true };
}

export function fn(name: string, id = name): FunctionDeclaration {
  return { kind: "function", id, name, parameters: [], decorators: [], isAsync: false, isGenerator: false, ...place() };
}

export function cls(name: string, options: { bases?: readonly Expression[]; form?: "interface" | "enum"; methods?: readonly string[]; attributes?: readonly AttributeDeclaration[] } = {}): ClassDeclaration {
  const { bases = [], form, methods = [], attributes = [] } = options;
  return { kind: "class", id: name, name, ...(form && { form }), bases, keywords: [], decorators: [], attributes, methods: methods.map((each) => fn(each, `${name}.${each}`)), classes: [], bodyStart: offset, bodyEnd: offset, ...place() };
}

export function value(name: string, given?: Expression, annotation?: Expression): AttributeDeclaration {
  return { name, ...(given && { value: given }), ...(annotation && { annotation }), ...place() };
}

export interface ScriptParts {
  readonly imports?: readonly ImportDeclaration[];
  readonly classes?: readonly ClassDeclaration[];
  readonly functions?: readonly FunctionDeclaration[];
  readonly values?: readonly AttributeDeclaration[];
  readonly types?: readonly AttributeDeclaration[];
  readonly renames?: readonly { exported: string; local: string }[];
  readonly exports?: readonly string[];
}

export function script(uri: string, { imports = [], classes = [], functions = [], values = [], types, renames, exports }: ScriptParts): FileFacts {
  const declares = { imports, classes, functions, values, ...(types && { types }), ...(renames && { renames }), ...(exports && { exports }) };
  return { uri, language: "typescript", declares, bodies: {}, suppressions: [], errors: [], fingerprint: { declares: JSON.stringify(declares), bodies: {} } };
}
