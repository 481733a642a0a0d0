import type { Call, Expression, FunctionDeclaration, ImportDeclaration, Pattern, Statement } from "../../server/src/engine/facts";

/** Facts as short text, so that tests read like code: `name(arguments)`, statements by kind. */
export function show(value: Expression): string {
  const all = (items: readonly Expression[]): string => items.map(show).join(", ");
  switch (value.kind) {
    case "name": return value.name;
    case "attribute": return `${show(value.object)}${value.optional ? "?" : ""}.${value.name}`;
    case "call": return showCall(value);
    case "subscript": return `${show(value.object)}[${show(value.index)}]`;
    case "literal": return JSON.stringify(value.value);
    case "format": return `format{${value.texts!.map((text, at) => JSON.stringify(text) + (at < value.parts.length ? ` ${show(value.parts[at])} ` : "")).join("")}}`;
    case "sequence": return `${value.of}<${all(value.items)}>`;
    case "mapping": return `{${value.entries.map((each) => (each.key ? `${show(each.key)}: ${show(each.value)}` : `...${show(each.value)}`)).join(", ")}}`;
    case "binary": case "comparison": case "logical": return `(${show(value.left)} ${value.operator} ${show(value.right)})`;
    case "unary": return `(${value.operator} ${show(value.operand)})`;
    case "conditional": return `(${show(value.test)} ? ${show(value.then)} : ${show(value.otherwise)})`;
    case "await": return `await ${show(value.operand)}`;
    case "yield": return `yield${value.delegate ? "*" : ""}${value.value ? ` ${show(value.value)}` : ""}`;
    case "spread": return `...${show(value.value)}`;
    case "named-assignment": return `(${show(value.target)} := ${show(value.value)})`;
    case "function": return `function ${value.function.id}`;
    case "class": return `class ${value.class.id}`;
    case "cast": return `(${show(value.operand)} ${value.of} ${show(value.annotation)})`;
    case "opaque": return `opaque<${all(value.parts)}>`;
    default: return value.kind;
  }
}

function showCall(call: Call): string {
  const types = call.types ? `<${call.types.map(show).join(", ")}>` : "";
  const given = call.arguments.map((each) => `${each.spread ? "..." : ""}${show(each.value)}`).join(", ");
  return `${call.form === "new" ? "new " : ""}${call.form === "element" ? "<>" : ""}${show(call.callee)}${call.optional ? "?." : ""}${types}${call.form === "tagged" ? "`" : "("}${given}${call.form === "tagged" ? "`" : ")"}`;
}

/** `async f(a: A = 1): B`, with decorators before it. */
export function showFunction(fn: FunctionDeclaration): string {
  const words = [
    ...fn.decorators.map((each) => `@${show(each)}`), fn.isStatic && "static", fn.isAsync && "async", fn.isGenerator && "*", fn.accessor, fn.isSignature && "abstract",
  ].filter(Boolean).map((word) => `${word} `).join("");
  const parameters = fn.parameters.map((each) => [
    ...(each.decorators ?? []).map((decorator) => `@${show(decorator)} `), each.spread ? "..." : "", each.name, each.pattern ? ` ${show(each.pattern)}` : "",
    each.annotation ? `: ${show(each.annotation)}` : "", each.default ? ` = ${show(each.default)}` : "",
  ].join(""));
  return `${words}${fn.name}(${parameters.join(", ")})${fn.returns ? `: ${show(fn.returns)}` : ""}${fn.annotation ? ` as ${show(fn.annotation)}` : ""}`;
}

export function showImport(each: ImportDeclaration): string {
  return `${each.isReexport ? "export " : ""}${each.typeOnly ? "type " : ""}${each.module}/${each.name ?? ""} as ${each.local}`;
}

export function showPattern(pattern: Pattern): string {
  if (pattern.kind === "value") return show(pattern.value);
  return pattern.kind === "either" ? pattern.options.map(showPattern).join(" | ") : pattern.kind;
}

export function showStatement(statement: Statement): string {
  const block = (body: readonly Statement[]): string => `{${body.map(showStatement).join("; ")}}`;
  switch (statement.kind) {
    case "expression": return show(statement.expression);
    case "assign": {
      const annotation = statement.annotation ? `: ${show(statement.annotation)}` : "";
      return `${statement.targets.map(show).join(" = ")}${annotation}${statement.value ? ` = ${show(statement.value)}` : ""}`;
    }
    case "augment": return `${show(statement.target)} ${statement.operator}= ${show(statement.value)}`;
    case "return": case "raise": return statement.kind + (statement.value ? ` ${show(statement.value)}` : "");
    case "for": return `${statement.isAsync ? "async " : ""}for ${show(statement.target)} ${statement.keys ? "in keys of" : "in"} ${show(statement.iterable)} ${block(statement.body)}`;
    case "while": return `while ${show(statement.test)} ${block(statement.body)}`;
    case "if": return `if ${show(statement.test)} ${block(statement.then)}${statement.otherwise.length ? ` else ${block(statement.otherwise)}` : ""}`;
    case "try": {
      const handlers = statement.handlers.map((each) => ` catch${each.name ? ` ${each.name}` : ""} ${block(each.body)}`);
      return `try ${block(statement.body)}${handlers.join("")}${statement.finally.length ? ` finally ${block(statement.finally)}` : ""}`;
    }
    case "match": return `match ${show(statement.subject)} {${statement.cases.map((each) => `${showPattern(each.pattern)} ${block(each.body)}`).join("; ")}}`;
    case "delete": return `delete ${statement.targets.map(show).join(", ")}`;
    case "define-function": return `def ${statement.function.id}`;
    case "define-class": return `class ${statement.class.id}`;
    case "import": return `import ${statement.imports.map(showImport).join(", ")}`;
    case "scope": return `scope ${statement.names.join(", ")}`;
    default: return statement.kind;
  }
}
