import type { Expression, FunctionDeclaration } from "../../../facts";
import { folderOf, type ClassRef, type EntryPoint, type FunctionRef } from "../../../project";
import type { FoundEntries } from "./found";
import { decoratedForAdministrators } from "./guards";
import { nameOf, type Place, type ScriptReader } from "./reader";
import { joinRoute } from "./route-table";

/** Decorators of methods that answer requests, with their methods: NestJS, routing-controllers, tsoa, Ts.ED, LoopBack. */
const HTTP: Readonly<Record<string, readonly string[]>> = {
  Get: ["GET"], Post: ["POST"], Put: ["PUT"], Patch: ["PATCH"], Delete: ["DELETE"], Head: ["HEAD"], Options: ["OPTIONS"], All: [], Sse: ["GET"],
  HttpGet: ["GET"], HttpPost: ["POST"], HttpPut: ["PUT"], HttpDelete: ["DELETE"], httpGet: ["GET"], httpPost: ["POST"], httpPut: ["PUT"], httpPatch: ["PATCH"], httpDelete: ["DELETE"],
  get: ["GET"], post: ["POST"], put: ["PUT"], patch: ["PATCH"], del: ["DELETE"],
};
const CONTROLLER = /^(Controller|JsonController|RestController|controller|Route|WebController|ApiController)$/;
/** Decorators of methods that something else than a request runs. */
const STARTS: Readonly<Record<string, EntryPoint>> = {
  Cron: "task", Interval: "task", Timeout: "task", Process: "task", OnQueueActive: "task", OnQueueCompleted: "task", OnQueueFailed: "task", OnWorkerEvent: "task", EventPattern: "task", RabbitSubscribe: "task",
  SqsMessageHandler: "task", OnEvent: "signal", MessagePattern: "request", GrpcMethod: "request", SubscribeMessage: "socket", Command: "command", SubCommand: "command", DefaultCommand: "command",
};
/** Fields of GraphQL types that are resolved for every row (NestJS, TypeGraphQL). */
const FIELD = /^(ResolveField|ResolveProperty|FieldResolver|ResolveReference)$/;
const OPERATION = /^(Query|Mutation|Subscription)$/;
const PARENT = /^(Parent|Root)$/;

/** What NestJS and frameworks like it run in classes, by interface or decorator. */
const RUN_CLASSES: readonly (readonly [RegExp, EntryPoint, RegExp])[] = [
  [/^(NestMiddleware|CanActivate|NestInterceptor|PipeTransform|ExceptionFilter|ExpressMiddlewareInterface|KoaMiddlewareInterface|MiddlewareMethods)$/, "middleware", /^(use|canActivate|intercept|transform|catch)$/],
  [/^(CommandRunner)$/, "command", /^run$/],
  [/^(WorkerHost)$/, "task", /^(process|onCompleted|onFailed)$/],
];

/** Classes whose methods frameworks run: controllers, resolvers, processors, gateways, guards and commands. */
export function findDecorated(found: FoundEntries, reader: ScriptReader): void {
  const { core } = found;
  for (const ref of core.classes) {
    if (core.files.get(ref.uri)?.language !== "typescript" || found.unmounted.has(ref.uri)) continue;
    const place: Place = { uri: ref.uri, home: ref };
    const controller = decoratorOf(ref.declaration.decorators, CONTROLLER);
    const prefixes = controller ? prefixesOf(reader, place, controller) : [""];
    const shadowed = controller ? shadowedIn(found, reader, place, ref) : NOTHING_SHADOWED;
    const isResolver = decoratorOf(ref.declaration.decorators, /^Resolver$/) !== undefined;
    for (const method of methodsOf(found, ref)) {
      if (method.declaration.decorators.some((each) => shadowed.has(each))) {
        found.shadowed.add(method.key);
        continue;
      }
      for (const decorator of method.declaration.decorators) decorated(found, reader, { place: { uri: method.uri, home: ref }, method, decorator, prefixes, isController: controller !== undefined, isResolver });
    }
    const bases = new Set([...(ref.declaration.implements ?? []).map(nameOf), ...core.ancestors(ref).flatMap((each) => ("external" in each ? [each.external.slice(each.external.lastIndexOf(".") + 1)] : []))]);
    for (const [pattern, entry, names] of RUN_CLASSES) {
      if (![...bases].some((each) => pattern.test(each))) continue;
      for (const method of methodsOf(found, ref)) if (names.test(method.declaration.name)) found.start(method.key, entry);
    }
    // `export default class ImportOrders extends Command { async run() {…} }` of oclif.
    if (core.ancestors(ref).some((each) => "external" in each && /^@oclif\//.test(each.external))) startMethod(found, ref, "run", "command");
    const role = decoratorOf(ref.declaration.decorators, /^(Processor|EventSubscriber|WebSocketGateway|Command|SubCommand)$/);
    if (role) {
      const kind = nameOfDecorator(role);
      if (kind === "Processor") startMethod(found, ref, "process", "task");
      if (kind === "Command" || kind === "SubCommand") startMethod(found, ref, "run", "command");
      if (kind === "WebSocketGateway") for (const name of ["handleConnection", "handleDisconnect", "afterInit"]) startMethod(found, ref, name, "socket");
      if (kind === "EventSubscriber") for (const method of methodsOf(found, ref)) if (/^(before|after)[A-Z]/.test(method.declaration.name)) found.start(method.key, "signal");
    }
  }
}

const NOTHING_SHADOWED: ReadonlySet<Expression> = new Set();

/**
 * The decorators of a controller's methods whose addresses an earlier method answers: `@Get(":id")` before `@Get("search")`. Express asks in the order in which routes are
 * registered, NestJS registers them in the order of the methods (https://expressjs.com/en/guide/routing.html); Fastify looks for fixed addresses first.
 */
function shadowedIn(found: FoundEntries, reader: ScriptReader, place: Place, ref: ClassRef): ReadonlySet<Expression> {
  const { core } = found;
  const manifests = core.packages.manifests.above(folderOf(core.path(ref.uri)));
  if (!manifests.some(({ dependencies }) => dependencies.has("@nestjs/common")) || manifests.some(({ dependencies }) => dependencies.has("@nestjs/platform-fastify"))) return NOTHING_SHADOWED;
  const earlier: { readonly verb: string; readonly segments: readonly string[] }[] = [];
  const shadowed = new Set<Expression>();
  for (const { decorators } of ref.declaration.methods) {
    for (const decorator of decorators) {
      const verb = nameOfDecorator(decorator);
      if (!/^(Get|Post|Put|Patch|Delete)$/.test(verb)) continue;
      const paths = pathsOf(reader, place, decorator).map((path) => path.split("/").filter(Boolean));
      if (paths.length > 0 && paths.every((path) => earlier.some((other) => other.verb === verb && answers(other.segments, path)))) shadowed.add(decorator);
      for (const segments of paths) earlier.push({ verb, segments });
    }
  }
  return shadowed;
}

/** Whether a pattern takes every address of another one that is more exact. */
function answers(pattern: readonly string[], path: readonly string[]): boolean {
  const isParameter = (segment: string): boolean => /^:\w+$/.test(segment);
  return pattern.length === path.length && pattern.every((segment, i) => isParameter(segment) || segment === path[i]) && pattern.some((segment, i) => isParameter(segment) && /^[\w-]+$/.test(path[i]));
}

interface Decorated {
  readonly place: Place;
  readonly method: FunctionRef;
  readonly decorator: Expression;
  readonly prefixes: readonly string[];
  readonly isController: boolean;
  readonly isResolver: boolean;
}

function decorated(found: FoundEntries, reader: ScriptReader, { place, method, decorator, prefixes, isController, isResolver }: Decorated): void {
  const name = nameOfDecorator(decorator);
  const { declaration, key } = method;
  const guarded = decoratedForAdministrators([...declaration.decorators, ...(place.home?.declaration.decorators ?? [])]) ? { forAdministrators: true as const } : {};
  const declared = { at: { uri: method.uri, span: { start: declaration.nameStart, end: declaration.nameEnd } }, ...guarded };
  if (Object.hasOwn(HTTP, name) && (isController || decorator.kind === "call")) {
    // Of a class that controllers extend their addresses are known; LoopBack's controllers have no decorator.
    const isLoopback = !isController && reader.external(place, decorator.kind === "call" ? decorator.callee : decorator)?.startsWith("@loopback/");
    if (!isController && !isLoopback) {
      if (/^[A-Z]/.test(name)) found.request(key);
      return;
    }
    for (const path of pathsOf(reader, place, decorator)) for (const prefix of prefixes) found.request(key, { methods: HTTP[name], path: joinRoute(prefix, path), ...declared });
  } else if (FIELD.test(name)) {
    const parent = parentOf(declaration);
    if (parent === undefined) return found.request(key);
    const annotation = declaration.parameters[parent]?.annotation;
    found.field(key, annotation ? nameOf(annotation) : "", parent);
  }
  else if (OPERATION.test(name) && (isResolver || isOperation(declaration))) {
    const named = decorator.kind === "call" ? decorator.arguments.map((each) => nameOption(reader, place, each.value)).find((each) => each !== undefined) : undefined;
    found.request(key, { methods: [], path: `${name}.${named ?? declaration.name}`, ...declared });
  } else if (Object.hasOwn(STARTS, name)) {
    if (STARTS[name] === "request") found.request(key);
    else found.start(key, STARTS[name]);
  }
}

/** `@Query(() => [Order])`; `@Query()` of a controller is a parameter's. */
function isOperation(declaration: FunctionDeclaration): boolean {
  return declaration.decorators.some((each) => OPERATION.test(nameOfDecorator(each)));
}

function nameOption(reader: ScriptReader, place: Place, node: Expression): string | undefined {
  if (node.kind === "mapping") {
    const entry = node.entries.find((each) => each.key?.kind === "literal" && each.key.value === "name");
    return entry && reader.text(place, entry.value);
  }
  return node.kind === "literal" ? reader.text(place, node) : undefined;
}

function startMethod(found: FoundEntries, ref: ClassRef, name: string, entry: EntryPoint): void {
  const method = found.core.method(ref, name);
  if (method) found.start(method.key, entry);
}

/** Its own methods and those it inherits, the nearest of a name. */
function methodsOf({ core }: FoundEntries, ref: ClassRef): readonly FunctionRef[] {
  const methods = new Map<string, FunctionRef>();
  for (const ancestor of core.ancestors(ref)) {
    if (!("class" in ancestor)) continue;
    for (const { name } of ancestor.class.declaration.methods) {
      const method = methods.has(name) ? undefined : core.method(ref, name);
      if (method) methods.set(name, method);
    }
  }
  return [...methods.values()];
}

/** `@Controller("orders")`, `@Controller({ path: "orders", version: "1" })`, `@Controller(["a", "b"])`. */
function prefixesOf(reader: ScriptReader, place: Place, decorator: Expression): readonly string[] {
  if (decorator.kind !== "call" || decorator.arguments.length === 0) return [""];
  const given = decorator.arguments[0].value;
  const path = given.kind === "mapping" ? given.entries.find((each) => each.key?.kind === "literal" && each.key.value === "path")?.value : given;
  const paths = textsOf(reader, place, path);
  return paths.length > 0 ? paths : path && given.kind !== "mapping" ? ["…"] : [""];
}

function pathsOf(reader: ScriptReader, place: Place, decorator: Expression): readonly string[] {
  if (decorator.kind !== "call" || decorator.arguments.length === 0) return [""];
  const paths = textsOf(reader, place, decorator.arguments[0].value);
  return paths.length > 0 ? paths : ["…"];
}

function textsOf(reader: ScriptReader, place: Place, node: Expression | undefined): readonly string[] {
  if (!node) return [];
  if (node.kind === "sequence") return node.items.flatMap((each) => textsOf(reader, place, each));
  const text = reader.text(place, node);
  return text === undefined ? [] : [text];
}

/** The parameter that is the row: the one that is decorated so, or the first of those that are not decorated at all. Undefined where the resolver does not look at its row. */
function parentOf({ parameters }: FunctionDeclaration): number | undefined {
  const parent = parameters.findIndex((each) => each.decorators?.some((decorator) => PARENT.test(nameOfDecorator(decorator))));
  if (parent >= 0) return parent;
  return parameters.length > 0 && parameters.every(({ decorators }) => (decorators?.length ?? 0) === 0) ? 0 : undefined;
}

function decoratorOf(decorators: readonly Expression[], pattern: RegExp): Expression | undefined {
  return decorators.find((each) => pattern.test(nameOfDecorator(each)));
}

function nameOfDecorator(decorator: Expression): string {
  return nameOf(decorator.kind === "call" ? decorator.callee : decorator);
}
