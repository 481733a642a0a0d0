import { forEachChild } from "../../facts";
import type { Call, ClassDeclaration, Expression, FunctionDeclaration, Statement } from "../../facts";
import type { EventDraft, RateLimitDeclared } from "../../flow";
import { lastName } from "../../flow/attributes";
import type { Machine } from "../../flow/machine";
import type { ClassRef } from "../../project";
import { forEachStatement } from "../../project";

type Declared = Extract<EventDraft, { kind: "rateLimitDeclared" }>;

const RATELIMIT = /^(django_)?ratelimit\.decorators\.ratelimit$/;
const SCOPED = "rest_framework.throttling.ScopedRateThrottle";
/** Throttles with a scope of their own, whose rate is None until the settings give one (`rest_framework.settings.DEFAULTS`). */
const DEFAULT_SCOPES: ReadonlyMap<string, string> = new Map([["rest_framework.throttling.AnonRateThrottle", "anon"], ["rest_framework.throttling.UserRateThrottle", "user"]]);

/** The rate limits that a file puts on its views: django-ratelimit's decorators, REST framework's throttles. */
export function rateLimitsOf(m: Machine, uri: string): readonly Declared[] {
  const declares = m.project.files.get(uri)?.declares;
  if (!declares) return [];
  const found: Declared[] = [];
  const decorated = (declaration: FunctionDeclaration | ClassDeclaration, bodies: readonly FunctionDeclaration[]): void => {
    for (const decorator of declaration.decorators) {
      const limit = limitIn(m, uri, decorator);
      if (limit) found.push(decoratorOf(m, uri, limit, bodies));
    }
  };
  const visit = (declaration: ClassDeclaration): void => {
    decorated(declaration, declaration.methods);
    for (const method of declaration.methods) decorated(method, [method]);
    found.push(...throttlesOf(m, { uri, declaration, key: `${uri}#${declaration.id}` }));
    declaration.classes.forEach(visit);
  };
  for (const fn of declares.functions) decorated(fn, [fn]);
  declares.classes.forEach(visit);
  return found;
}

/** `@ratelimit(…)`, also inside `method_decorator(…)`. */
function limitIn(m: Machine, uri: string, decorator: Expression): Call | undefined {
  if (decorator.kind !== "call") return undefined;
  if (lastName(decorator) === "method_decorator") return decorator.arguments[0] && limitIn(m, uri, decorator.arguments[0].value);
  if (lastName(decorator) !== "ratelimit") return undefined;
  const symbol = m.project.resolveExpression(uri, decorator.callee);
  return symbol?.kind === "external" && RATELIMIT.test(symbol.name) ? decorator : undefined;
}

function decoratorOf(m: Machine, uri: string, call: Call, bodies: readonly FunctionDeclaration[]): Declared {
  const isOpen = call.arguments.some((each) => each.spread !== undefined);
  // `ratelimit(group=None, key=None, rate=None, method=ALL, block=True)`; before 4.0 `block` was False (source of django_ratelimit).
  const given = (name: string, position: number): Expression | undefined => call.arguments.find((each) => each.name === name)?.value ?? call.arguments.filter((each) => each.name === undefined)[position]?.value;
  const rate = given("rate", 2);
  const block = given("block", 4);
  const version = m.project.version("django-ratelimit");
  const blocks = block ? (block.kind === "literal" ? block.value !== false : undefined) : version ? version[0] >= 4 : undefined;
  return {
    kind: "rateLimitDeclared", at: m.at(call, uri), by: "decorator", name: "ratelimit",
    rate: isOpen ? "unknown" : !rate || isNone(rate) ? "none" : "given",
    refuses: isOpen || blocks === undefined ? "unknown" : blocks || bodies.some((body) => readsLimited(m, uri, body)) ? "yes" : "no",
    blockByDefault: block === undefined,
  };
}

function isNone(expression: Expression): boolean {
  return expression.kind === "literal" && expression.value === null;
}

/** `request.limited`, or anything that looks like it: then the view sees to it itself. */
function readsLimited(m: Machine, uri: string, { id }: FunctionDeclaration): boolean {
  let reads = false;
  const visit = (node: Expression): void => {
    if ((node.kind === "attribute" && /limited/.test(node.name)) || (node.kind === "literal" && typeof node.value === "string" && node.value.includes("limited")) || (node.kind === "name" && /limited/.test(node.name))) reads = true;
    forEachChild(node, visit);
  };
  const fn = m.project.functionByKey(`${uri}#${id}`);
  forEachStatement(fn ? m.project.bodyOf(fn) : [], (statement) => partsOf(statement).forEach(visit));
  return reads;
}

function partsOf(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case "expression": return [statement.expression];
    case "assign": return statement.value ? [statement.value] : [];
    case "return":
    case "raise": return statement.value ? [statement.value] : [];
    case "if":
    case "while":
    case "assert": return [statement.test];
    case "for": return [statement.iterable];
    case "with": return statement.items.map((item) => item.context);
    case "match": return [statement.subject];
    default: return [];
  }
}

/** `throttle_classes = [ScopedRateThrottle]` of a view. */
function throttlesOf(m: Machine, ref: ClassRef): readonly Declared[] {
  const own = ref.declaration.attributes.find((each) => each.name === "throttle_classes")?.value;
  if (own?.kind !== "sequence") return [];
  const bases = m.project.ancestors(ref);
  if (!bases.some((each) => "external" in each && /^rest_framework\.(views|viewsets|generics)\./.test(each.external))) return [];
  return own.items.flatMap((item): Declared[] => {
    const symbol = item.kind === "name" || item.kind === "attribute" ? m.project.resolveExpression(ref.uri, item) : undefined;
    if (symbol?.kind !== "external") return [];
    const declared = { kind: "rateLimitDeclared" as const, at: m.at(item, ref.uri), by: "throttle" as const, name: symbol.name.split(".").at(-1)! };
    if (symbol.name === SCOPED) return [{ ...declared, rate: hasScope(m, ref) ? "given" : "none", refuses: "yes" }];
    const scope = DEFAULT_SCOPES.get(symbol.name);
    return scope === undefined ? [] : [{ ...declared, rate: rateOf(m, scope), refuses: "yes" }];
  });
}

/** `throttle_scope`, by the class, something it extends, or a method that sets it. */
function hasScope(m: Machine, ref: ClassRef): boolean {
  if (m.project.attribute(ref, "throttle_scope") || m.project.method(ref, "throttle_scope")) return true;
  return m.project.ancestors(ref).some((each) => {
    // Of what is neither the framework's nor ours nothing is known.
    if ("external" in each) return !/^(rest_framework|django)\b/.test(each.external);
    return each.class.declaration.methods.some((method) => {
      let sets = false;
      const fn = m.project.functionByKey(`${each.class.uri}#${method.id}`);
      forEachStatement(fn ? m.project.bodyOf(fn) : [], (statement) => {
        if (statement.kind === "assign" && statement.targets.some((target) => target.kind === "attribute" && target.name === "throttle_scope")) sets = true;
      });
      return sets;
    });
  });
}

/** The rate that the settings give a scope; those of REST framework are None. */
function rateOf(m: Machine, scope: string): RateLimitDeclared["rate"] {
  const settings = m.project.setting("REST_FRAMEWORK");
  // Settings that cannot be found say nothing.
  if (!settings) return m.project.setting("INSTALLED_APPS") ? "none" : "unknown";
  if (settings.expression.kind !== "mapping" || settings.expression.entries.some((entry) => !entry.key)) return "unknown";
  const rates = settings.expression.entries.find((entry) => entry.key?.kind === "literal" && entry.key.value === "DEFAULT_THROTTLE_RATES")?.value;
  if (!rates) return "none";
  if (rates.kind !== "mapping") return "unknown";
  const rate = rates.entries.find((entry) => entry.key?.kind === "literal" && entry.key.value === scope)?.value;
  return rate && isNone(rate) ? "none" : "given";
}
