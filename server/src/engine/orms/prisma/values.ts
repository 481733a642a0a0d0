import type { Call } from "../../facts";
import type { CallFrame, Query, RunHow } from "../../flow";
import type { Machine } from "../../flow/machine";
import type { ObjectValue, Value } from "../../flow/values";
import type { Basis, Entity } from "../../project";
import type { PrismaSchema } from "./model";

const CLIENT = "prisma-client";
const DELEGATE = "prisma-delegate";
const PROMISE = "prisma-promise";

/** A client: `new PrismaClient()`, an extended one, or that of a transaction. */
export interface Client {
  /** Whose models it has; undefined where several schemas come into question. */
  readonly schema: PrismaSchema | undefined;
  /** "inferred": taken for one by its name and what is called on it. */
  readonly basis: Basis;
  /** An extension puts conditions of its own on what is asked through it: a tenant's, those of rows that are not deleted. */
  readonly addsConditions?: true;
}

/** `prisma.user` */
export interface Delegate {
  readonly client: Client;
  readonly entity: Entity;
}

/** A PrismaPromise: what is asked when somebody waits for it (Prisma: *Transactions and batch queries*, PrismaPromise). */
export interface Pending {
  readonly name: string;
  readonly node: Call;
  readonly uri: string;
  /** The frames that made it: what it does happens there, whoever waits for it. */
  readonly frames: readonly CallFrame[];
  /** The rows that it is about, for relations behind it: `findUnique(…).posts()`. */
  readonly query?: Query;
  readonly how?: RunHow;
  /** Asks; gives what the promise comes to. */
  readonly run: (m: Machine) => Value;
  /** What it came to: it asks once, however often it is waited for. */
  result?: Value;
}

export function clientOf(client: Client, varies = 0): ObjectValue {
  return { kind: "object", type: CLIENT, parts: {}, data: client, varies };
}

export function delegateOf(delegate: Delegate, varies = 0): ObjectValue {
  return { kind: "object", type: DELEGATE, parts: {}, data: delegate, varies };
}

export function promiseOf(pending: Pending, varies = 0): ObjectValue {
  return { kind: "object", type: PROMISE, parts: {}, data: pending, varies };
}

export function isClient(value: Value): value is ObjectValue & { readonly data: Client } {
  return value.kind === "object" && value.type === CLIENT;
}

export function isDelegate(value: Value): value is ObjectValue & { readonly data: Delegate } {
  return value.kind === "object" && value.type === DELEGATE;
}

export function isPromise(value: Value): value is ObjectValue & { readonly data: Pending } {
  return value.kind === "object" && value.type === PROMISE;
}
