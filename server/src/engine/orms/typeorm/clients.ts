import { forEachChild } from "../../facts";
import type { Call, ClassDeclaration, Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import type { EventDraft } from "../../flow/events";
import type { Machine } from "../../flow/machine";
import { moduleValue } from "../../flow/names";
import { numberOf, optionsOf, type Value } from "../../flow/values";
import type { DatabaseEngine } from "../../project";
import { livesOf } from "../script/clients";
import { optionsIn, textIn, type Option, type Options } from "../script/options";
import { ORM } from "./finds";
import { engineOfType } from "./model/engine";
import { typeormName } from "./model/names";

type Lives = "kept" | "call" | "unknown";

/** `new DataSource({…})`, `createConnection({…})`: nothing is connected yet, but this is where it is said how. */
export function noteClient(m: Machine, name: string, call: CallSite): void {
  const draft = clientOf(m, name, call.node, call.uri, call.positional[0]?.value, livesOf(m, call.node));
  if (draft) m.emit(draft);
}

function clientOf(m: Machine, name: string, node: Call, uri: string, value: Value | undefined, lives: Lives): EventDraft | undefined {
  const options = optionsIn(value);
  const type = options.of.get("type");
  const named = textIn(type?.value);
  const engine: DatabaseEngine = (named === undefined ? undefined : engineOfType(named)) ?? m.project.engine;
  const size = options.of.get("poolSize") ?? optionsIn(options.of.get("extra")?.value).of.get("max") ?? optionsIn(options.of.get("extra")?.value).of.get("connectionLimit");
  const rows = size && numberOf(size.value);
  // MongoDB has no tables that are altered (`MongoSchemaBuilder` makes missing indexes, no more), and its query runner logs nothing.
  const isRelational = engine !== "mongodb";
  const isPoolOpen = !options.isComplete || (options.of.has("extra") && !optionsIn(options.of.get("extra")?.value).isComplete) || !isRelational;
  const logs = isRelational ? switchOf(options.of.get("logging"), "logging") : undefined;
  const syncs = isRelational ? switchOf(options.of.get("synchronize"), "synchronize") : undefined;
  return {
    kind: "clientCreated", at: m.at(node, uri), orm: ORM, name, expression: node, engine, lives,
    pool: size ? "given" : isPoolOpen ? "unknown" : "default", ...(rows !== undefined && { poolSize: rows }),
    ...(logs && { logsQueries: logs }), ...(syncs && { changesSchema: syncs }),
    ...(options.literal && { options: options.literal }),
  };
}

/** `synchronize: true` is always, `synchronize: process.env.NODE_ENV !== "production"` depends on where it runs. */
function switchOf(option: Option | undefined, name: "logging" | "synchronize"): { readonly at: EventDraft["at"]; readonly always: boolean } | undefined {
  if (!option?.node || option.uri === undefined) return undefined;
  const at = { uri: option.uri, span: { start: option.node.start, end: option.node.end } };
  const [only] = optionsOf(option.value);
  if (optionsOf(option.value).length > 1) return { at, always: false };
  if (only.kind === "constant") {
    // `logging: "all"`, `logging: ["query"]` write every query (TypeORM: *Logging*).
    const isOn = only.value === true || (name === "logging" && only.value === "all");
    return isOn ? { at, always: !option.maybe } : undefined;
  }
  if (name === "logging" && only.kind === "sequence") {
    const texts = only.items?.map(textIn) ?? [];
    return texts.some((text) => text === "query" || text === "all") ? { at, always: !option.maybe } : undefined;
  }
  return only.kind === "unknown" && option.node.kind !== "name" ? { at, always: false } : undefined;
}

/** `TypeOrmModule.forRoot({…})` in the decorators of NestJS modules, which are no statements of any function. */
export function clientsIn(m: Machine, uri: string): readonly EventDraft[] {
  const found: EventDraft[] = [];
  const visit = (node: Expression): void => {
    if (node.kind === "call" && node.callee.kind === "attribute" && /^forRoot(Async)?$/.test(node.callee.name)) {
      const symbol = m.project.resolveExpression(uri, node.callee.object);
      if (symbol?.kind === "external" && typeormName(symbol.name) === "TypeOrmModule") {
        const value = node.callee.name === "forRoot" ? node.arguments[0] && moduleValue(m, uri, node.arguments[0].value) : givenByFactory(m, uri, node);
        const draft = value && clientOf(m, "TypeOrmModule", node, uri, value, "kept");
        if (draft) found.push(draft);
      }
    }
    forEachChild(node, visit);
  };
  const classes = (declarations: readonly ClassDeclaration[]): void => {
    for (const each of declarations) {
      each.decorators.forEach(visit);
      classes(each.classes);
    }
  };
  classes(m.project.declarationsOf(uri)?.classes ?? []);
  return found;
}

/** `useFactory: (config) => ({ type: "postgres", … })`. */
function givenByFactory(m: Machine, uri: string, node: Call): Value | undefined {
  const options: Options = optionsIn(node.arguments[0] && moduleValue(m, uri, node.arguments[0].value));
  const factory = options.of.get("useFactory")?.value;
  if (factory?.kind !== "function") return undefined;
  const body = m.project.bodyOf(factory.function).at(-1);
  return body?.kind === "return" && body.value ? moduleValue(m, factory.function.uri, body.value) : undefined;
}
