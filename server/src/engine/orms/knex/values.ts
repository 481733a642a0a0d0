import type { DatabaseEngine, Entity } from "../../project";
import type { Expression } from "../../facts";
import type { Machine } from "../../flow/machine";
import type { Query, WriteHow } from "../../flow";
import { optionsOf, type ObjectValue, type Value } from "../../flow/values";
import { PREFIX } from "./model/tables";

export const CLIENT = "knex client";
const PENDING = "knex query";
const WRITE = "knex write";
const RAW = "knex raw";

/** `knex`, a transaction: what queries are made from. */
export function clientValue(engine: DatabaseEngine, varies = 0): ObjectValue {
  return { kind: "object", type: CLIENT, parts: {}, data: engine, varies };
}

export function clientOf(value: Value | undefined): ObjectValue | undefined {
  return value?.kind === "object" && value.type === CLIENT ? value : undefined;
}

/** A chain that has not named its table yet: `knex.select("id")`. */
export interface Pending {
  readonly change: Partial<Query>;
  /** `knex.insert(row)`. */
  readonly write?: { readonly how: WriteHow; readonly node: Expression };
}

export function pendingValue(pending: Pending, varies: number): ObjectValue {
  return { kind: "object", type: PENDING, parts: {}, data: pending, varies };
}

export function pendingOf(value: Value): Pending | undefined {
  return value.kind === "object" && value.type === PENDING ? (value.data as Pending) : undefined;
}

/** A statement that changes rows, once somebody waits for it. */
export interface PendingWrite {
  readonly how: WriteHow;
  readonly entity: string;
  readonly node: Expression;
  readonly query?: Query;
  /** What an update sets. */
  readonly data?: Value;
}

export function writeValue(write: PendingWrite, varies: number): ObjectValue {
  return { kind: "object", type: WRITE, parts: {}, data: write, varies };
}

export function pendingWriteOf(value: Value): PendingWrite | undefined {
  return value.kind === "object" && value.type === WRITE ? (value.data as PendingWrite) : undefined;
}

/** A piece of SQL: `knex.raw("now()")`; sent only where somebody waits for it itself. */
export function rawValue(text: string | undefined, varies: number): ObjectValue {
  return { kind: "object", type: RAW, parts: {}, data: text, varies };
}

export function textOfRaw({ data }: ObjectValue): string | undefined {
  return data as string | undefined;
}

export function isRaw(value: Value): value is ObjectValue {
  return value.kind === "object" && value.type === RAW;
}

/** The table that an argument names: `"users"`, `"users as u"`, `{ u: "users" }`, of a namespace `"shop.users"`. */
export function tableIn(value: Value | undefined): string | undefined {
  const [only, ...others] = value ? optionsOf(value) : [];
  if (!only || others.length > 0) return undefined;
  if (only.kind === "mapping" && !only.isMap && only.entries.size === 1) return tableIn([...only.entries.values()][0]);
  if (only.kind !== "constant" || typeof only.value !== "string") return undefined;
  const name = /^["`]?([\w$.-]+)["`]?(?:\s+(?:as\s+)?["`]?\w+["`]?)?$/i.exec(only.value.trim())?.[1];
  return name?.slice(name.lastIndexOf(".") + 1);
}

export function tableEntity(m: Machine, name: string): Entity | undefined {
  return m.project.entity(`${PREFIX}${name}`);
}

/** The column that an argument names: `"users.name"` is `name`. */
export function columnIn(value: Value | undefined): string | undefined {
  if (value?.kind !== "constant" || typeof value.value !== "string") return undefined;
  const name = /^["`]?(?:\w+\.)?["`]?(\w+)["`]?(?:\s+as\s+\w+)?$/i.exec(value.value.trim())?.[1];
  return name;
}
