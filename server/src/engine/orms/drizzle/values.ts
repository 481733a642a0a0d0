import type { Expression } from "../../facts";
import type { DatabaseEngine, Entity } from "../../project";
import type { Location } from "../../source";
import type { CallSite } from "../../flow/adapter";
import type { OrderTerm, WriteHow } from "../../flow";
import type { ObjectValue, Value } from "../../flow/values";
import type { Condition } from "./conditions";

/**
 * The objects of Drizzle's that the evaluator hands around, by the `type` of their value:
 * a database or transaction, what `db.query` and `db.query.users` are, builders that are not queries yet, columns, conditions, orders and pieces of SQL.
 */
export type DrizzleType =
  | "database" | "relational" | "relational-table" | "select" | "with" | "insert" | "update" | "write" | "prepared" | "subquery" | "cte"
  | "column" | "condition" | "order" | "sql" | "aggregate" | "operators" | "pool";

export interface DatabaseData {
  readonly engine: DatabaseEngine;
  readonly isTransaction: boolean;
}

/** `db.select({ … })` before `.from(…)`. */
export interface SelectData {
  readonly distinct: boolean;
  /** `db`, where the chain begins. */
  readonly root: Expression;
  readonly uri: string;
  readonly call: CallSite;
  /** Nothing but the name of the method says that this is Drizzle's. */
  readonly isGuess: boolean;
  /** The key of its common table expressions. */
  readonly ctes: boolean;
}

export interface ColumnData {
  readonly entity: Entity;
  readonly field: string;
}

/** A statement that changes rows, and is sent when it is waited for. */
export interface WriteData {
  readonly how: WriteHow;
  readonly entity: Entity;
  readonly root: Expression;
  readonly uri: string;
  /** The call that says what is written: `.values(…)`, `.set(…)`, `.delete(…)`. */
  readonly call: CallSite;
  readonly condition?: Condition;
  /** `.returning()` */
  readonly returns: boolean;
  /** `.set({ … })`, `.values({ … })` */
  readonly given?: Value;
  readonly calls: readonly CallSite[];
}

/** ``sql`lower(${users.email})` `` with what is embedded in it. */
export interface SqlData {
  readonly texts: readonly string[];
  readonly parts: readonly { readonly node: Expression; readonly value: Value }[];
  readonly at: Location;
}

export interface AggregateData {
  readonly function: "count" | "sum" | "other";
  readonly at: Location;
}

const PREFIX = "drizzle ";

export function drizzleObject(type: DrizzleType, data: unknown, varies: number, parts: Readonly<Record<string, Value>> = {}): ObjectValue {
  return { kind: "object", type: `${PREFIX}${type}`, parts, data, varies };
}

/** Which of Drizzle's objects a value is. */
export function typeOf(value: Value): DrizzleType | undefined {
  return value.kind === "object" && value.type.startsWith(PREFIX) ? (value.type.slice(PREFIX.length) as DrizzleType) : undefined;
}

export function dataOf<Data>(value: Value, type: DrizzleType): Data | undefined {
  return value.kind === "object" && typeOf(value) === type ? (value.data as Data) : undefined;
}

export function columnOf(value: Value): ColumnData | undefined {
  return dataOf<ColumnData>(value, "column");
}

export function orderOf(value: Value): OrderTerm | undefined {
  return dataOf<OrderTerm>(value, "order");
}
