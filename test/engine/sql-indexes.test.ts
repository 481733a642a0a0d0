import assert from "node:assert/strict";
import { IndexBook } from "../../server/src/engine/orms/script/sql-indexes";

describe("indexes out of SQL", () => {
  const read = (...texts: readonly string[]): Record<string, readonly string[]> => {
    const book = new IndexBook();
    for (const text of texts) book.readSql(text);
    return Object.fromEntries([...book.tables].map(([table, indexes]) => [table, indexes.map(({ name, columns, unique, method, partial }) =>
      `${name ?? "-"}(${columns.map(({ field, expression, descending, opclass }) => [field ?? expression, opclass, descending ? "desc" : ""].filter(Boolean).join(" ")).join(", ")})${unique ? " unique" : ""}${method === "btree" ? "" : ` ${method}`}${partial ? " partial" : ""}`)]));
  };

  it("reads CREATE INDEX as engines write it", () => {
    assert.deepEqual(read(`
      CREATE INDEX "a" ON "public"."orders" USING btree ("customer_id" DESC NULLS LAST, "id");
      create unique index concurrently if not exists b on only orders (lower(email)) where deleted_at is null;
      CREATE INDEX c ON orders USING gin (name gin_trgm_ops); -- as it is
      CREATE INDEX \`d\` ON \`orders\` (\`note\`(20));
      CREATE INDEX ON orders ((data->>'kind'), (id + 1));
    `), { orders: ["a(customer_id desc, id)", "b(Lower(email)) unique partial", "c(name gin_trgm_ops) gin", "d(note)", "-((data->>'kind'), (id + 1))"] });
  });

  it("reads keys and constraints of tables", () => {
    assert.deepEqual(read(`
      CREATE TABLE IF NOT EXISTS "orders" ("id" serial PRIMARY KEY NOT NULL, "code" text UNIQUE, "at" numeric(8, 2) DEFAULT 0, CONSTRAINT "u" UNIQUE("code", "at"), KEY \`k\` (\`at\`), FOREIGN KEY ("id") REFERENCES "x"("id"));
      ALTER TABLE "orders" ADD CONSTRAINT "v" UNIQUE ("at"), ADD COLUMN "z" int;
    `), { orders: ["-(id) unique", "-(code) unique", "u(code, at) unique", "-(at)", "v(at) unique"] });
  });

  it("reads exclusions, and takes no column for a key", () => {
    assert.deepEqual(read(
      `CREATE TABLE spans (key varchar(255) NOT NULL UNIQUE, status "public"."Status", EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (gone IS NULL))`,
      "ALTER TABLE spans ADD CONSTRAINT x EXCLUDE (room WITH =)",
    ), { spans: ["-(key) unique", "-(room, during) gist partial", "x(room)"] });
  });

  it("keeps what a table has where it is made only if it is missing", () => {
    assert.deepEqual(read("CREATE INDEX a ON orders (x); CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY)"), { orders: ["a(x)", "-(id) unique"] });
  });

  it("follows what is dropped and renamed, in the order of statements", () => {
    assert.deepEqual(read(
      "CREATE INDEX a ON orders (x); CREATE INDEX b ON orders (y); CREATE INDEX c ON notes (z);",
      "DROP INDEX a; ALTER TABLE orders RENAME COLUMN y TO why; ALTER INDEX b RENAME TO bee;",
      `DO $$ BEGIN IF EXISTS (SELECT 1) THEN ALTER TABLE "orders" RENAME TO "purchases"; END IF; END $$;`,
      "DROP TABLE notes;",
    ), { purchases: ["bee(why)"] });
    assert.deepEqual(read("CREATE INDEX b ON orders (y)", "DROP INDEX IF EXISTS public.b"), { orders: [] });
  });

  it("is left alone by other statements, and by quotes that are not closed", () => {
    assert.deepEqual(read("CREATE INDEX a ON orders (x); INSERT INTO index VALUES ('it''s; CREATE INDEX b ON c (d)'); SELECT 'open; CREATE INDEX e ON f (g)"), { orders: ["a(x)"], f: ["e(g)"] });
  });
});
