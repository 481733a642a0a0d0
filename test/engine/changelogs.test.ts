import assert from "node:assert/strict";
import { readChangelog } from "../../server/src/engine/orms/script/changelog-files";
import { changeSetsOf } from "../../server/src/engine/orms/script/changelog-sql";
import { changelogsOf } from "../../server/src/engine/orms/script/changelogs";
import { looseSql } from "../../server/src/engine/orms/script/loose-sql";
import type { ProjectCore } from "../../server/src/engine/project";

describe("changelogs of Liquibase", () => {
  const xml = (inside: string): string => `<?xml version="1.1" encoding="utf-8"?>\n<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog" xmlns:ext="x">${inside}</databaseChangeLog>`;
  const changeSet = (inside: string, attributes = ""): string => `<changeSet id="1" author="a"${attributes}>${inside}</changeSet>`;
  const core = (files: Readonly<Record<string, string>>): ProjectCore => ({ resources: new Map(Object.entries(files).map(([path, text]) => [`file:///${path}`, text])), path: (uri: string) => uri.slice("file://".length), uris: [], files: new Map() }) as unknown as ProjectCore;
  const sqlOf = (path: string, text: string): readonly string[] => changeSetsOf(readChangelog(path, text)!).flatMap(({ sql }) => sql.split(";\n"));
  const built = (files: Readonly<Record<string, string>>): readonly string[] => looseSql(core(files)).built.map(({ table, index }) => `${table}.${index.name ?? "-"}(${index.columns.map(({ field, expression, descending }) => (field ?? expression) + (descending ? " desc" : "")).join(", ")})${index.unique ? " unique" : ""}${index.partial ? " partial" : ""}`);

  it("are read in XML", () => {
    assert.deepEqual(sqlOf("changelog/1.xml", xml(changeSet(`
      <createTable tableName="orders" schemaName="shop">
        <column name="id" type="\${id.type}"><constraints primaryKey="true" primaryKeyName="orders_pk"/></column>
        <column name="line" type="int"><constraints primaryKey="true"/></column>
        <column name="code" type="text"><constraints unique="true" uniqueConstraintName="orders_code"/></column>
        <column name="note" type="text"><constraints unique="false"/></column>
      </createTable>
      <addColumn tableName="orders"><column name="slug" type="text"><constraints unique="true"/></column><column name="at" type="date"/></addColumn>
      <createIndex indexName="a" tableName="orders" unique="true"><column name="lower(email)" computed="true"/><column name="at" descending="true"/></createIndex>
      <ext:createIndex indexName="b" tableName="orders"><column name="at"/></ext:createIndex>
      <addUniqueConstraint columnNames="x, y" constraintName="u" tableName="orders"/>
      <addPrimaryKey columnNames="id" tableName="notes"/>
      <dropIndex indexName="a" tableName="orders"/>
      <dropUniqueConstraint constraintName="u" tableName="orders"/>
      <dropPrimaryKey tableName="notes" constraintName="notes_pkey"/>
      <renameTable oldTableName="orders" newTableName="purchases"/>
      <renameColumn tableName="purchases" oldColumnName="at" newColumnName="day"/>
      <sql><comment>not this</comment><![CDATA[CREATE INDEX c ON purchases (a) WHERE a < 3]]></sql>
      <insert tableName="orders"><column name="id" value="1"/></insert>
    `))), [
      'CREATE TABLE "orders" (CONSTRAINT "orders_pk" PRIMARY KEY ("id", "line"), CONSTRAINT "orders_code" UNIQUE ("code"))',
      'ALTER TABLE "orders" ADD UNIQUE ("slug")',
      'CREATE UNIQUE INDEX "a" ON "orders" (lower(email), "at" DESC)',
      'CREATE INDEX "b" ON "orders" ("at")',
      'ALTER TABLE "orders" ADD CONSTRAINT "u" UNIQUE ("x", "y")',
      'ALTER TABLE "notes" ADD PRIMARY KEY ("id")',
      'DROP INDEX "a"',
      'ALTER TABLE "orders" DROP CONSTRAINT "u"',
      'ALTER TABLE "notes" DROP CONSTRAINT "notes_pkey"',
      'ALTER TABLE "orders" RENAME TO "purchases"',
      'ALTER TABLE "purchases" RENAME COLUMN "at" TO "day"',
      "CREATE INDEX c ON purchases (a) WHERE a < 3",
    ]);
  });

  it("are read in YAML and JSON", () => {
    const wanted = ['CREATE INDEX "a" ON "orders" ("customer_id")', "CREATE INDEX b ON orders (at)", "CREATE INDEX c ON orders (on)"];
    assert.deepEqual(sqlOf("db/changelog/1.yaml", `
databaseChangeLog:
  - changeSet:
      id: 1
      author: a
      preConditions:
        - onFail: MARK_RAN
      changes:
        - createIndex:
            indexName: a
            tableName: orders
            columns:
              - column: { name: customer_id }
        - sql:
            sql: |
              CREATE INDEX b ON orders (at)
        - sql: CREATE INDEX c ON orders (on)
      rollback:
        - dropIndex: { indexName: a, tableName: orders }
`), wanted);
    const changes = [{ createIndex: { indexName: "a", tableName: "orders", columns: [{ column: { name: "customer_id" } }] } }, { sql: { sql: wanted[1] } }, { sql: { sql: wanted[2] } }];
    for (const indent of [undefined, 2, "\t"]) assert.deepEqual(sqlOf("liquibase/1.json", JSON.stringify({ databaseChangeLog: [{ changeSet: { id: "1", changes } }] }, undefined, indent)), wanted);
  });

  it("are no other files, and none that cannot be parsed", () => {
    const text = xml(changeSet('<createIndex indexName="a" tableName="t"><column name="x"/></createIndex>'));
    assert.ok(readChangelog("/db/changelog/a.xml", text));
    for (const path of ["/db/a.xml", "/changelog/a.md", "/changelog/rollback/a.xml", "/changelog/rollback-1.xml"]) assert.equal(readChangelog(path, text), undefined, path);
    for (const [path, wrong] of [["a.xml", text.slice(0, -3)], ["a.xml", `<project>databaseChangeLog</project>`], ["a.yaml", "databaseChangeLog: [\n"], ["a.yaml", "databaseChangeLog: &a [*a]"], ["a.json", '"databaseChangeLog"']]) assert.equal(readChangelog(`/changelog/${path}`, wrong), undefined, wrong);
  });

  it("do nothing where they say so, and only go up", () => {
    const index = '<createIndex indexName="a" tableName="t"><column name="x"/></createIndex>';
    assert.deepEqual(built({ "changelog.xml": xml(changeSet(index, ' ignore="true"') + changeSet(`<preConditions><sqlCheck expectedResult="0">CREATE INDEX b ON t (y)</sqlCheck></preConditions><rollback>${index}</rollback>`)) }), []);
    assert.deepEqual(built({ "changelog.xml": xml(changeSet(`${index}<modifySql dbms="postgresql"><append value=" WHERE x IS NOT NULL"/></modifySql>`)) }), ["t.a(x) partial"]);
  });

  it("put parameters in, and say nothing of names that nobody gave", () => {
    const index = (table: string): string => changeSet(`<createIndex indexName="a" tableName="${table}"><column name="x"/></createIndex>`);
    assert.deepEqual(built({ "changelog/main.xml": xml('<property name="prefix" value="shop_"/><property name="prefix" value="other_"/>'), "changelog/1.xml": xml(index("${prefix}orders") + index("${unknown}orders")) }), ["shop_orders.a(x)"]);
  });

  it("drop what came before, in the order of their numbers, where they surely run", () => {
    const index = changeSet('<createIndex indexName="a" tableName="t"><column name="x"/></createIndex>');
    const drop = (attributes = "", before = ""): string => changeSet(`${before}<dropIndex indexName="a" tableName="t"/>`, attributes);
    const main = xml('<include file="changelog/v-2.xml"/><include file="changelog/v-10.xml"/>');
    const files = (second: string, tenth: string, all = main): readonly string[] => built({ "db/changelog/main.xml": all, "db/changelog/v-10.xml": xml(tenth), "db/changelog/v-2.xml": xml(second) });
    assert.deepEqual(files(index, drop()), []);
    assert.deepEqual(files(index, drop("", '<preConditions onFail="HALT"><indexExists indexName="a"/></preConditions>')), []);
    assert.deepEqual(files(index, drop(), xml('<includeAll path="changelog/"/>')), []);
    assert.deepEqual(files(index + drop(), changeSet("<empty/>")), []);
    for (const kept of [files(drop(), index), files(index, drop(' dbms="mysql"')), files(index, drop(' context="test"')), files(index, drop("", '<preConditions onFail="MARK_RAN"><dbms type="oracle"/></preConditions>')), files(index, drop(), xml('<include file="changelog/v-2.xml"/>')), files(index, drop(), xml('<include file="changelog/v-2.xml"/><include file="changelog/v-10.xml" context="test"/>'))]) assert.deepEqual(kept, ["t.a(x)"]);
    assert.deepEqual(files(index, drop() + index), ["t.a(x)", "t.a(x)"]);
  });

  it("are parsed again only where their text is another one", () => {
    const first = core({ "changelog.xml": xml(changeSet('<renameTable oldTableName="a" newTableName="b"/>')) });
    assert.deepEqual(changelogsOf(first), changelogsOf(first));
    assert.deepEqual(changelogsOf(core({ "changelog.xml": xml(changeSet("<empty/>")) })).flatMap(({ changeSets }) => changeSets), []);
    // The same text in a file that takes it back.
    const index = xml(changeSet('<createIndex indexName="a" tableName="t"><column name="x"/></createIndex>'));
    assert.deepEqual(changelogsOf(core({ "db/changelog/a.xml": index, "db/changelog/rollback/a.xml": index })).map(({ path }) => path), ["/db/changelog/a.xml"]);
    assert.deepEqual(changelogsOf(core({ "db/changelog/rollback/a.xml": index })), []);
  });
});
