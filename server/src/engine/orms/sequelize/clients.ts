import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { callCallback } from "../../flow/calls";
import type { Machine } from "../../flow/machine";
import type { ClientCreated } from "../../flow";
import { inTransaction } from "../../flow/transactions";
import { numberOf, sequenceOf, unknown, type MappingValue, type ObjectValue, type Value } from "../../flow/values";
import type { DatabaseEngine, Entity } from "../../project";
import { livesOf } from "../script/clients";
import { optionsAt, optionsIn, textIn, truthOf, type Options } from "../script/options";
import { newQuery, sendForRows } from "../script/queries";
import { noteRawSelect, textOfSql } from "../script/raw-sql";
import { sqlFunction } from "./functions";
import { detailsOf } from "./model/details";
import { ORM } from "./queries";

export const CLIENT = "sequelize";
const TRANSACTION = "sequelize transaction";

/** A client: what `new Sequelize(…)` gives, and `sequelize` in a file that is handed one. */
export function clientValue(varies = 0): ObjectValue {
  return { kind: "object", type: CLIENT, parts: {}, varies };
}

/** `new Sequelize(url, options)`: says what is known of its pool and its log. */
export function createClient(m: Machine, call: CallSite): Value {
  const given = call.positional.map(({ value }) => value).findLast((value) => value.kind === "mapping") as MappingValue | undefined;
  // One argument that is not written out may be a URL, or all there is to say.
  const isWhole = !call.more && call.positional.every(({ value, node }, at) => value.kind === "constant" || value.kind === "mapping" || (at === 0 && call.positional.length > 1) || isAddress(node.value)) && (given !== undefined || call.positional.length < 3);
  const options = optionsIn(given);
  const pool = options.of.get("pool");
  const sizes = optionsIn(pool?.value);
  const max = sizes.of.get("max");
  const isReadable = isWhole && options.isComplete;
  const client: Omit<ClientCreated, "frames" | "loops" | "entry" | "basis"> = {
    kind: "clientCreated", at: m.at(call.node), orm: ORM, name: "Sequelize", expression: call.node, engine: engineOf(m, options),
    lives: livesOf(m, call.node), pool: pool ? "given" : isReadable ? "default" : "unknown",
    // The pool of Sequelize has 5 connections by default (documentation: *Connection Pool*).
    ...(pool ? max && numberOf(max.value) !== undefined && { poolSize: numberOf(max.value)! } : isReadable && { poolSize: 5 }),
    ...logging(m, options),
    ...(given?.literal && { options: given.literal }),
  };
  m.emit(client);
  return clientValue(call.varies);
}

/** `process.env.DATABASE_URL`, `config.dbUrl`. */
function isAddress(node: Expression): boolean {
  const inner = node.kind === "cast" ? node.operand : node;
  return inner.kind === "attribute" && /ur[il]$|address|connection_?string/i.test(inner.name);
}

function engineOf(m: Machine, options: Options): DatabaseEngine {
  switch (textIn(options.of.get("dialect")?.value)) {
    case "postgres": return "postgresql";
    case "mysql":
    case "mariadb": return "mysql";
    case "sqlite": return "sqlite";
    case "mssql": return "sqlserver";
    case "oracle": return "oracle";
    default: return m.project.engine;
  }
}

/** `logging` is `console.log` by default (documentation: *Getting Started*, logging), but only what the code asks for itself is a wish. */
function logging(m: Machine, options: Options): Pick<ClientCreated, "logsQueries"> {
  const given = options.of.get("logging");
  if (!given?.node || given.uri === undefined) return {};
  const { value, node, uri } = given;
  const isWritten = (value.kind === "external" && /^js\.console\.(log|debug|info)$/.test(value.name)) || truthOf(value) === true;
  return isWritten ? { logsQueries: { at: m.at(node, uri), always: node.kind !== "conditional" && node.kind !== "logical" } } : {};
}

/** Undefined: not a method of a client. */
export function clientMethod(m: Machine, object: ObjectValue, name: string, call: CallSite): Value | undefined {
  if (object.type === TRANSACTION) return unknown(call.varies);
  if (object.type !== CLIENT) return undefined;
  switch (name) {
    case "define": return definedModel(m, call);
    case "model": {
      const entity = modelNamed(m, textIn(call.positional[0]?.value) ?? "", call.uri);
      return entity ? { kind: "entity", entity, varies: 0 } : unknown(call.varies);
    }
    case "transaction":
    case "startUnmanagedTransaction": return transaction(m, call);
    case "query": return rawQuery(m, call);
    case "sync": return sync(m, object, call);
    case "import": return unknown(call.varies);
    case "authenticate":
    case "close":
    case "drop":
    case "truncate":
    case "addModels":
    case "isDefined":
    case "addHook":
    case "getQueryInterface":
    case "createSchema": return unknown(call.varies);
    default: return sqlFunction(m, name, call) ?? unknown(call.varies);
  }
}

/** `await sequelize.transaction(async (t) => …)`, `const t = await sequelize.transaction()`. */
function transaction(m: Machine, call: CallSite): Value {
  const callback = call.positional.map(({ value }) => value).find((value) => value.kind === "function" || value.kind === "lambda");
  const opened: ObjectValue = { kind: "object", type: TRANSACTION, parts: {}, varies: call.varies };
  return callback ? inTransaction(m, call.node, () => callCallback(m, callback, [opened], call), call.uri, ORM) : opened;
}

/** `sequelize.query("SELECT …", { model: Book, mapToModel: true })` gives rows of a model. */
function rawQuery(m: Machine, call: CallSite): Value {
  const options = optionsAt(call, 1);
  const model = options.of.get("model")?.value;
  const text = textOfSql(call.positional[0]?.node.value);
  if (model?.kind !== "entity" || (text !== undefined && /^\s*(insert|update|delete)\b/i.test(text))) {
    m.work++;
    noteRawSelect(m, ORM, text, call);
    return sequenceOf("list", unknown(call.varies), { size: "unknown", varies: call.varies });
  }
  const query = newQuery(m, ORM, model.entity, call.node, { uncertain: true, grouped: true }, "opaque");
  return sendForRows(m, query, { node: call.node, varies: call.varies });
}

/** `sequelize.sync({ alter: true })`: the tables are changed whenever it starts; with `force: true` they are dropped and made anew (documentation: *Model synchronization*). */
function sync(m: Machine, _object: ObjectValue, call: CallSite): Value {
  const options = optionsAt(call, 0);
  // What is forced is made anew, whatever would be altered (`sync` in lib/model.js of Sequelize 6.37).
  const [force, alter] = ["force", "alter"].map((name) => options.of.get(name)).map((each) => (each && !(each.value.kind === "constant" && !each.value.value) ? each : undefined));
  const changes = force ?? alter;
  if (changes?.node && changes.uri !== undefined) {
    const always = truthOf(changes.value) === true || changes.value.kind === "mapping";
    m.emit({
      kind: "clientCreated", at: m.at(call.node), orm: ORM, name: "sequelize.sync", expression: call.node, engine: m.project.engine, lives: "unknown", pool: "unknown",
      changesSchema: { at: m.at(changes.node, changes.uri), always, ...(changes === force && { drops: true }) },
      ...(options.literal && { options: options.literal }),
    });
  }
  return unknown(call.varies);
}

/** `sequelize.define("Book", …)`: the model that this very call makes. */
export function definedModel(m: Machine, call: CallSite): Value {
  const name = textIn(call.positional[0]?.value);
  const entity = name === undefined ? undefined : m.project.entity(`${call.uri}#${name}`);
  return entity?.framework === ORM ? { kind: "entity", entity, varies: 0 } : unknown(call.varies);
}

const byName = new WeakMap<object, ReadonlyMap<string, readonly Entity[]>>();

/** The model of this name; undefined when several have it. */
export function modelNamed(m: Machine, name: string, _from: string): Entity | undefined {
  const { entities } = m.project;
  let names = byName.get(entities);
  if (!names) {
    const found = new Map<string, Entity[]>();
    for (const entity of entities.values()) {
      const details = detailsOf(entity);
      if (!details || entity.abstract) continue;
      const known = found.get(details.model);
      if (known) known.push(entity);
      else found.set(details.model, [entity]);
    }
    byName.set(entities, (names = found));
  }
  const found = names.get(name) ?? [];
  return found.length === 1 ? found[0] : undefined;
}

