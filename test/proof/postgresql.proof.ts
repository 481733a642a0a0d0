import { strict as assert } from "node:assert";
import type { PGlite } from "@electric-sql/pglite";
import { relations } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { Library } from "./harness/facts";
import { postgres } from "./harness/postgres";

const library = new Library("PostgreSQL", ["@electric-sql/pglite"]);
const ROWS = 30_000;

/** What an index might serve. Names are 32 hexadecimal digits, so every condition here finds few rows. */
const PREDICATES = {
  "=": "name = 'c4ca4238a0b923820dcc509a6f75849b'",
  "IN": "name IN ('c4ca4238a0b923820dcc509a6f75849b', 'c81e728d9d4c2f636f067f89cc14862c')",
  "LIKE 'x%'": "name LIKE 'c4ca4238%'",
  "~ '^x'": "name ~ '^c4ca4238'",
  "LIKE '%x%'": "name LIKE '%a0b923820%'",
  "LIKE '%xy%' (two letters)": "name LIKE '%zq%'",
  "ILIKE 'x%'": "name ILIKE 'c4ca4238%'",
  "ILIKE '123%' (no letters)": "name ILIKE '98765%'",
  "ILIKE '%x%'": "name ILIKE '%a0b923820%'",
  "ILIKE 'x'": "name ILIKE 'c4ca4238a0b923820dcc509a6f75849b'",
  "~* 'x'": "name ~* 'a0b923820'",
  "lower() =": "lower(name) = 'c4ca4238a0b923820dcc509a6f75849b'",
  "lower() IN": "lower(name) IN ('c4ca4238a0b923820dcc509a6f75849b', 'c81e728d9d4c2f636f067f89cc14862c')",
  "lower() LIKE 'x%'": "lower(name) LIKE 'c4ca4238%'",
  "lower() LIKE '%x%'": "lower(name) LIKE '%a0b923820%'",
  "col > 'x'": "name > 'fffa'",
  "ORDER BY col": "",
} as const;

describe("PostgreSQL's indexes", () => {
  let db: PGlite;
  before(async () => {
    const server = await postgres();
    await server.reset();
    db = server.db;
    // PGlite's own collation is C. A column with another one is what other databases have.
    await db.exec(`
      CREATE TABLE english (id serial PRIMARY KEY, name text COLLATE "en_US");
      CREATE TABLE plain (id serial PRIMARY KEY, name text COLLATE "C");
      INSERT INTO english (name) SELECT md5(i::text) FROM generate_series(1, ${ROWS}) i;
      INSERT INTO plain (name) SELECT md5(i::text) FROM generate_series(1, ${ROWS}) i;
      CREATE TABLE event (id serial PRIMARY KEY, few int, many int, at timestamp, gone timestamp);
      INSERT INTO event (few, many, at, gone) SELECT i % 5, (i * 7919) % ${ROWS}, timestamp '2024-01-01' + i * interval '1 minute', CASE WHEN i % 1000 = 0 THEN now() END FROM generate_series(1, ${ROWS}) i;
      ANALYZE;`);
  });

  const planOf = async (sql: string, values: readonly unknown[] = []) => (await db.query<{ "QUERY PLAN": string }>(`EXPLAIN ${sql}`, [...values])).rows.map((row) => row["QUERY PLAN"]).join("\n");
  /** Runs `measure` while the index exists. */
  const withIndex = async <T>(on: string, measure: () => Promise<T>): Promise<T> => {
    await db.exec(`CREATE INDEX proved ON ${on}; ANALYZE;`);
    try {
      return await measure();
    } finally {
      await db.exec("DROP INDEX proved");
    }
  };
  const uses = async (sql: string, values?: readonly unknown[]) => /Index Cond/.test(await planOf(sql, values));
  const ordered = async (sql: string) => !/Sort/.test(await planOf(sql));
  const served = async (table: string) => {
    const names: string[] = [];
    for (const [name, condition] of Object.entries(PREDICATES)) {
      if (await (condition ? uses(`SELECT * FROM ${table} WHERE ${condition}`) : ordered(`SELECT * FROM ${table} ORDER BY name LIMIT 10`))) names.push(name);
    }
    return names;
  };

  const text = (rules: readonly string[]) => ({ code: "4.14", rules });
  const defeats = text(["lookup-defeats-index", "missing-index", "index-never-used"]);
  for (const [index, table, expected] of [
    ["(name)", "english", ["=", "IN", "col > 'x'", "ORDER BY col"]],
    ["(name)", "plain", ["=", "IN", "LIKE 'x%'", "~ '^x'", "ILIKE '123%' (no letters)", "col > 'x'", "ORDER BY col"]],
    ["(name text_pattern_ops)", "english", ["=", "IN", "LIKE 'x%'", "~ '^x'", "ILIKE '123%' (no letters)"]],
    ['(name COLLATE "C")', "english", ["LIKE 'x%'", "~ '^x'", "ILIKE '123%' (no letters)"]],
    ["(lower(name))", "english", ["lower() =", "lower() IN"]],
    ["(lower(name))", "plain", ["lower() =", "lower() IN", "lower() LIKE 'x%'"]],
    ["(lower(name) text_pattern_ops)", "english", ["lower() =", "lower() IN", "lower() LIKE 'x%'"]],
    ["USING gin (name gin_trgm_ops)", "english", ["=", "IN", "LIKE 'x%'", "~ '^x'", "LIKE '%x%'", "ILIKE 'x%'", "ILIKE '123%' (no letters)", "ILIKE '%x%'", "ILIKE 'x'", "~* 'x'"]],
    ["USING gin (lower(name) gin_trgm_ops)", "english", ["lower() =", "lower() IN", "lower() LIKE 'x%'", "lower() LIKE '%x%'"]],
    ["USING gin (upper(name) gin_trgm_ops)", "english", []],
  ] as const) {
    library.gives(`An index \`${index}\` serves${table === "plain" ? ", where the collation is C" : ""}`, defeats, expected, () => withIndex(`${table} ${index}`, () => served(table)));
  }
  library.gives("`USING gist (name gist_trgm_ops)` serves `LIKE '%xy%'` of two letters", defeats, true, () => withIndex("english USING gist (name gist_trgm_ops)", () => uses("SELECT * FROM english WHERE name LIKE '%zq%'")));
  library.gives("A parameter's `LIKE ($1 || '%')` (Prisma's `startsWith`) uses `text_pattern_ops`", { code: "PR-L1", rules: ["lookup-defeats-index"] }, true, () =>
    withIndex("english (name text_pattern_ops)", () => uses("SELECT * FROM english WHERE name::text LIKE ($1 || '%')", ["c4ca4238"])));
  library.gives("A parameter's `ILIKE ('%' || $1 || '%')` (Prisma's insensitive `contains`) uses a trigram index", { code: "PR-L1", rules: ["lookup-defeats-index"] }, true, () =>
    withIndex("english USING gin (name gin_trgm_ops)", () => uses("SELECT * FROM english WHERE name ILIKE ('%' || $1 || '%')", ["a0b923820"])));
  library.gives("`LOWER(name) IN (LOWER($1), LOWER($2))` (Prisma's insensitive `in`) uses an index on `lower(name)`", { code: "PR-L1", rules: ["lookup-defeats-index"] }, true, () =>
    withIndex("english (lower(name))", () => uses("SELECT * FROM english WHERE lower(name) IN (lower($1), lower($2))", ["A", "B"])));

  const columns = text(["missing-index", "redundant-index"]);
  library.gives("An index on (many, few) serves a condition on `many` alone", columns, true, () => withIndex("event (many, few)", () => uses("SELECT * FROM event WHERE many = 7")));
  library.gives("An index on (many, few) serves a condition on `few` alone", columns, false, () => withIndex("event (many, few)", () => uses("SELECT * FROM event WHERE few = 7")));
  library.gives("An index on (few, many) serves a condition on `many` alone, where `few` has five values: PostgreSQL 18 skips through them", { ...columns, contradicts: "only a left prefix of an index serves a condition" }, true, () =>
    withIndex("event (few, many)", () => uses("SELECT * FROM event WHERE many = 7")));
  library.gives("An index on (few, at) serves `WHERE few = 1 ORDER BY at`", columns, true, () => withIndex("event (few, at)", () => ordered("SELECT * FROM event WHERE few = 1 ORDER BY at LIMIT 10")));
  library.gives("An index on (few, at) serves `WHERE few = 1 ORDER BY at DESC`", columns, true, () => withIndex("event (few, at)", () => ordered("SELECT * FROM event WHERE few = 1 ORDER BY at DESC LIMIT 10")));
  library.gives("An index on (at DESC) serves `ORDER BY at DESC`", columns, true, () => withIndex("event (at DESC)", () => ordered("SELECT * FROM event ORDER BY at DESC LIMIT 10")));
  library.gives("An index on (at DESC NULLS LAST), which is what Drizzle's `.desc()` makes, serves `ORDER BY at DESC`", { ...columns, contradicts: "an index in the order of the query serves it" }, false, () =>
    withIndex("event (at DESC NULLS LAST)", () => ordered("SELECT * FROM event ORDER BY at DESC LIMIT 10")));
  library.gives("An index on (few, at DESC NULLS LAST) serves `WHERE few = 1 ORDER BY at DESC`, where `at` is NOT NULL", columns, false, async () => {
    await db.exec("ALTER TABLE event ALTER COLUMN at SET NOT NULL");
    return withIndex("event (few, at DESC NULLS LAST)", () => ordered("SELECT * FROM event WHERE few = 1 ORDER BY at DESC LIMIT 10"));
  });
  library.gives("An index on (gone) serves `gone IS NOT NULL`", columns, true, () => withIndex("event (gone)", () => uses("SELECT * FROM event WHERE gone IS NOT NULL")));
  library.gives("`few = 7 OR many = 7` uses an index on (many) alone", columns, false, () => withIndex("event (many)", () => uses("SELECT * FROM event WHERE few = 7 OR many = 7")));
  library.gives("`at::date = …` uses an index on (at)", text(["lookup-defeats-index"]), false, () => withIndex("event (at)", () => uses("SELECT * FROM event WHERE at::date = '2024-01-05'")));
  library.gives("`at >= … AND at < …` uses an index on (at)", text(["lookup-defeats-index"]), true, () => withIndex("event (at)", () => uses("SELECT * FROM event WHERE at >= '2024-01-05' AND at < '2024-01-06'")));
  library.gives("`lower(name) = …` uses an index on (name)", text(["lookup-defeats-index"]), false, () => withIndex("english (name)", () => uses(`SELECT * FROM english WHERE ${PREDICATES["lower() ="]}`)));
  library.gives("A foreign key makes an index", text(["missing-foreign-key-index"]), 1, async () => {
    await db.exec("CREATE TABLE child (id serial PRIMARY KEY, event_id int REFERENCES event (id))");
    return (await db.query<{ n: number }>("SELECT count(*)::int AS n FROM pg_indexes WHERE tablename = 'child'")).rows[0].n;
  });

  library.gives("Drizzle's `with` over a foreign key without an index reads the children once per parent, with one it does not", { code: "DZ-N1", rules: ["missing-foreign-key-index"] }, ["Seq Scan", "Index"], async () => {
    await db.exec(`CREATE TABLE owner (id int PRIMARY KEY); CREATE TABLE pet (id int PRIMARY KEY, owner_id int REFERENCES owner (id), name text);
      INSERT INTO owner SELECT generate_series(1, 100); INSERT INTO pet SELECT i, i % 100 + 1, 'x' FROM generate_series(1, 20000) i; ANALYZE;`);
    const sql = withQuery();
    const without = await planOf(sql);
    const indexed = await withIndex("pet (owner_id)", () => planOf(sql));
    assert.match(without, /Nested Loop/);
    return [without, indexed].map((plan) => (/Seq Scan on pet/.test(plan) ? "Seq Scan" : "Index"));
  });
});

/** The statement of a relational query, which needs no connection to be made. */
function withQuery(): string {
  const owner = pgTable("owner", { id: integer().primaryKey() });
  const pet = pgTable("pet", { id: integer().primaryKey(), ownerId: integer("owner_id").references(() => owner.id), name: text() });
  const schema = { owner, pet, ownerRelations: relations(owner, ({ many }) => ({ pets: many(pet) })), petRelations: relations(pet, ({ one }) => ({ owner: one(owner, { fields: [pet.ownerId], references: [owner.id] }) })) };
  return drizzle.mock({ schema }).query.owner.findMany({ with: { pets: true } }).toSQL().sql;
}
