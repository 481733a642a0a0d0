import type { Entity } from "../../project";

/** Migrations run in the order of their names (Knex: *Migrations*; Kysely: *Migrations*). */
export function byFileName(a: string, b: string): number {
  const [x, y] = [a, b].map((uri) => uri.slice(uri.lastIndexOf("/") + 1));
  return x < y ? -1 : x > y ? 1 : a < b ? -1 : 1;
}

/** Tables that code names and no migration makes: one entity for each key with this prefix. */
export function undeclaredEntities(prefix: string, make: (name: string) => Entity): (key: string) => Entity | undefined {
  const known = new Map<string, Entity>();
  return (key) => {
    if (!key.startsWith(prefix)) return undefined;
    let entity = known.get(key);
    if (!entity) known.set(key, (entity = make(key.slice(prefix.length))));
    return entity;
  };
}
