import type { Argument, Expression, FileFacts, Statement } from "../../server/src/engine/facts";

/** Lowered statements as lines that a person can compare with the text they came from. */
export function showStatements(statements: readonly Statement[], indent = ""): string[] {
  return statements.flatMap((each) => showStatement(each, indent));
}

function showStatement(item: Statement, indent: string): string[] {
  const inner = (body: readonly Statement[]): string[] => (body.length > 0 ? showStatements(body, `${indent}  `) : [`${indent}  pass`]);
  const line = (text: string): string[] => [indent + text];
  switch (item.kind) {
    case "expression":
      return line(show(item.expression));
    case "assign":
      return line(`${item.targets.map(show).join(" = ")} = ${item.value ? show(item.value) : "?"}`);
    case "for":
      return [...line(`for ${show(item.target)} in ${show(item.iterable)}:`), ...inner(item.body), ...(item.otherwise.length > 0 ? [...line("else:"), ...inner(item.otherwise)] : [])];
    case "if":
      return [...line(`if ${show(item.test)}:`), ...inner(item.then), ...(item.otherwise.length > 0 ? [...line("else:"), ...inner(item.otherwise)] : [])];
    case "block":
      return [...line(item.cached ? "cached block:" : "block:"), ...inner(item.body)];
    case "include":
      return line(`include ${show(item.template)}${item.arguments.map((each) => ` ${showArgument(each)}`).join("")}${item.isolated ? " only" : ""}`);
    case "slot":
      return line(`slot ${item.name}`);
    case "define-function":
      return line(`def ${item.function.id}(${item.function.parameters.map((each) => (each.default ? `${each.name}=${show(each.default)}` : each.name)).join(", ")})`);
    default:
      return line(item.kind);
  }
}

/** An expression, with `a.b` for a dot of Django's templates and `a:b` for one of Jinja's. */
export function show(item: Expression): string {
  switch (item.kind) {
    case "name":
      return item.name;
    case "attribute":
      return `${show(item.object)}${item.lookup === "django" ? "." : item.lookup === "jinja" ? ":" : "!"}${item.name}`;
    case "call":
      return `${show(item.callee)}(${item.arguments.map(showArgument).join(", ")})`;
    case "subscript":
      return `${show(item.object)}[${show(item.index)}]`;
    case "slice":
      return `${item.lower ? show(item.lower) : ""}:${item.upper ? show(item.upper) : ""}${item.step ? `:${show(item.step)}` : ""}`;
    case "literal":
      return JSON.stringify(item.value);
    case "format":
      return `format(${item.parts.map(show).join(", ")})`;
    case "sequence":
      return `${item.of}(${item.items.map(show).join(", ")})`;
    case "mapping":
      return `{${item.entries.map(({ key, value }) => `${key ? show(key) : "**"}: ${show(value)}`).join(", ")}}`;
    case "lambda":
      return `(${item.parameters.map((each) => each.name).join(", ")} => ${Array.isArray(item.body) ? "…" : show(item.body as Expression)})`;
    case "binary":
    case "logical":
    case "comparison":
      return `(${show(item.left)} ${item.operator} ${show(item.right)})`;
    case "unary":
      return `(${item.operator} ${show(item.operand)})`;
    case "conditional":
      return `(${show(item.then)} if ${show(item.test)} else ${show(item.otherwise)})`;
    case "opaque":
      return `opaque(${item.parts.map(show).join(", ")})`;
    default:
      return item.kind;
  }
}

function showArgument({ name, spread, value }: Argument): string {
  return `${spread === "sequence" ? "*" : spread === "mapping" ? "**" : name === undefined ? "" : `${name}=`}${show(value)}`;
}

/** All that a template says, a body a section. */
export function showTemplate(facts: FileFacts): string {
  const { template } = facts.declares;
  const head = [
    template?.extends && `extends ${show(template.extends)}`,
    template && template.loads.length > 0 && `loads ${template.loads.join(" ")}`,
    ...(template?.imports ?? []).map((each) => `import ${each.local} = ${show(each.template)}${each.name === undefined ? "" : ` ${each.name}`}`),
  ].filter((line): line is string => typeof line === "string");
  const bodies = Object.entries(facts.bodies).sort(([a], [b]) => (a === "" ? -1 : b === "" ? 1 : 0)).flatMap(([id, body]) => (id === "" ? showStatements(body) : [`== ${id}`, ...showStatements(body)]));
  return [...head, ...bodies].join("\n");
}
