import type { Expression } from "../../facts";
import type { QueryValue, Value } from "../../flow/values";

/** What the builder that began at a place has become. The key is the root of this one evaluation, so that no two builders share it. */
const latest = new WeakMap<object, Pick<QueryValue, "query" | "varies">>();

/**
 * A builder that code calls by its name: Knex changes builders in place (*Query Builder*: chainable, mutable; `clone()` makes another one), so `query.limit(20)` counts for `query`
 * although nobody keeps what it gives. Which branches changed it is not followed: what any of them did is taken for done, and the conditions are no longer certain.
 */
export function asBuilt(receiver: QueryValue, written: Expression | undefined): QueryValue {
  const node = waitedFor(written);
  if (node?.kind !== "name") return receiver;
  const built = latest.get(receiver.query.origin.root);
  if (!built || built.query === receiver.query) return receiver;
  const { query } = built;
  const { bound } = receiver.query;
  return {
    ...receiver,
    query: { ...query, bound: query.bound.kind === "none" ? bound : query.bound, atMostOne: query.atMostOne || receiver.query.atMostOne, uncertain: true },
    varies: Math.max(receiver.varies, built.varies),
  };
}

/** `await query`, `query.then(…)` */
function waitedFor(written: Expression | undefined): Expression | undefined {
  if (written?.kind === "await") return written.operand;
  return written?.kind === "call" && written.callee.kind === "attribute" && /^(then|catch|finally)$/.test(written.callee.name) ? written.callee.object : written;
}

/** Remembers what a call made of its builder. */
export function builtBy<T extends Value | undefined>(receiver: QueryValue, made: T): T {
  if (made?.kind === "query" && made.query.origin.root === receiver.query.origin.root) latest.set(receiver.query.origin.root, made);
  return made;
}

/** Another builder with what this one has now. */
export function cloned(value: QueryValue): QueryValue {
  const { origin } = value.query;
  return { ...value, query: { ...value.query, origin: { ...origin, root: { ...origin.root } } } };
}
