import { Library } from "./harness/facts";
import { Sqlite, sqliteIndexes, sqlitePlan } from "./harness/sqlite";

const library = new Library("SQLite", ["libsql"]);

describe("SQLite's indexes", () => {
  /** An empty database with the tables: a plan keeps its table locked, so each gets its own. */
  const tables = () => {
    const db = new Sqlite(":memory:");
    db.exec(`CREATE TABLE person (id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT, city TEXT, born TEXT);
      CREATE TABLE letter (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person (id), title TEXT);
      CREATE TABLE pair (a INTEGER, b INTEGER, PRIMARY KEY (a, b));`);
    return db;
  };

  const on = "SQLite" as const;
  const withIndex = (index: string, sql: string) => {
    const db = tables();
    db.exec(`CREATE INDEX proved ON ${index}`);
    return sqlitePlan(db, sql);
  };
  /** Whether the index finds rows, which a scan of it does not. */
  const searches = (index: string, sql: string) => /SEARCH .* USING (COVERING )?INDEX proved/.test(withIndex(index, sql));

  const keys = { code: "4.14", on, rules: ["missing-foreign-key-index"] };
  library.gives("Indexes of a table with a primary key and a unique column", keys, ["unique (email)"], () => sqliteIndexes(tables(), "person"));
  library.gives("Indexes of a table with a foreign key", keys, [], () => sqliteIndexes(tables(), "letter"));
  library.gives("Indexes of a table with a key of two columns: the second column has none", keys, ["unique (a, b)"], () => sqliteIndexes(tables(), "pair"));
  /** How the letters are read, where no index leads to those of a person. */
  const reads = (sql: string): string => /(SEARCH|SCAN) letter( USING AUTOMATIC[A-Z ]* INDEX)?/.exec(sqlitePlan(tables(), sql))?.[0] ?? "";
  library.gives("Letters joined to many people, without an index: one is built for the query", keys, "SEARCH letter USING AUTOMATIC COVERING INDEX", () => reads("SELECT * FROM person LEFT JOIN letter ON letter.person_id = person.id"));
  library.gives("Letters joined to one person, without an index: the table is read once", keys, "SCAN letter", () => reads("SELECT * FROM person LEFT JOIN letter ON letter.person_id = person.id WHERE person.id = 7"));
  library.gives("Letters in a subquery for each person, without an index: the table is read each time", keys, "SCAN letter", () => reads("SELECT id, (SELECT json_group_array(letter.title) FROM letter WHERE letter.person_id = person.id) FROM person"));

  const text = { code: "4.14", on, rules: ["lookup-defeats-index", "missing-index", "index-never-used"] };
  for (const [index, condition, expected] of [
    ["person (name)", "name = 'x'", true],
    ["person (name)", "name IN ('x', 'y')", true],
    ["person (name)", "name LIKE 'x%'", false],
    ["person (name)", "name LIKE '%x%'", false],
    ["person (name)", "name > 'x'", true],
    ["person (name)", "lower(name) = 'x'", false],
    ["person (name)", "name IS NULL", true],
    ["person (name COLLATE NOCASE)", "name LIKE 'x%'", true],
    ["person (name COLLATE NOCASE)", "name = 'x'", false],
    ["person (name COLLATE NOCASE)", "name LIKE '%x%'", false],
    ["person (name COLLATE NOCASE)", "upper(name) LIKE 'X%'", false],
    ["person (lower(name))", "lower(name) = 'x'", true],
    ["person (lower(name))", "lower(name) LIKE 'x%'", false],
    ["person (name, city)", "name = 'x'", true],
    ["person (name, city)", "city = 'x'", false],
    ["person (born)", "date(born) = '2024-01-01'", false],
    ["person (name)", "name = 'x' OR city = 'y'", false],
  ] as const) {
    library.gives(`An index on ${index.replace("person ", "")} serves \`${condition}\``, text, expected, () => searches(index, `SELECT * FROM person WHERE ${condition}`));
  }
  library.gives("An index on (name, born) serves `WHERE name = 'x' ORDER BY born`", { ...text, rules: ["missing-index"] }, true, () => !/TEMP B-TREE/.test(withIndex("person (name, born)", "SELECT * FROM person WHERE name = 'x' ORDER BY born DESC")));
});
