import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import { isTrue, numberOf, type Value } from "../../flow/values";
import type { DatabaseEngine } from "../../project";
import { livesOf } from "../script/clients";
import { optionsIn, textIn, type Option } from "../script/options";
import { engineOfClient } from "./model/engine";
import { clientValue } from "./values";

/** `knex({ client: "pg", connection, pool: { min, max } })` (Knex: *Configuration Options*). */
export function createClient(m: Machine, call: CallSite): Value {
  const argument = call.positional[0];
  const options = optionsIn(argument?.value);
  const client = textIn(options.of.get("client")?.value);
  const engine: DatabaseEngine = client === undefined ? m.project.engine : engineOfClient(client);
  const pool = options.of.get("pool");
  const size = sizeOf(pool);
  const debug = options.of.get("debug");
  m.emit({
    kind: "clientCreated", at: m.at(call.node, call.uri), orm: "knex", name: "knex", expression: call.node, engine, lives: livesOf(m, call.node),
    pool: pool ? "given" : options.isComplete ? "default" : "unknown", ...(size !== undefined && { poolSize: size }),
    ...(debug && isTrue(debug.value) && debug.node && { logsQueries: { at: m.at(debug.node, debug.uri), always: true } }),
    ...(options.literal && { options: options.literal }),
  });
  return clientValue(engine);
}

function sizeOf(pool: Option | undefined): number | undefined {
  const max = optionsIn(pool?.value).of.get("max")?.value;
  return max && numberOf(max);
}
