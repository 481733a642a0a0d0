import { childrenOf, textIn, type ChangelogNode } from "./changelog-files";

/** What a change set of Liquibase does to tables and indexes, as SQL. */
export interface ChangeSetSql {
  readonly sql: string;
  /** It runs on every database, in every environment. */
  readonly isCertain: boolean;
}

/**
 * The change sets of a changelog, in their order, which is the one in which they run. Of tables only what they have by way of keys and constraints is said; what stands in `rollback` and
 * `preConditions` changes nothing on the way up (source: docs.liquibase.com, *Changeset*, and `ChangeSet.handleChildNode`).
 */
export function changeSetsOf(changelog: ChangelogNode): readonly ChangeSetSql[] {
  return childrenOf(changelog, "changeSet").flatMap((changeSet) => {
    if (textIn(changeSet, "ignore") === "true") return [];
    const changes = changeSet.children.flatMap((child) => (child.name === "changes" ? child.children : [child]));
    const behind = conditionOf(changeSet);
    const sql = changes.flatMap((change) => statementsOf(change).map((statement) => (change.name === "createIndex" ? statement + behind : statement))).join(";\n");
    return sql === "" ? [] : [{ sql, isCertain: isCertain(changeSet) && changes.every((change) => textIn(change, "dbms") === undefined) }];
  });
}

/** `context` and its kin say where it runs (docs.liquibase.com, *Changeset attributes*); a condition that does not hold can leave it out (*Preconditions*, `onFail`: HALT unless said). */
function isCertain(changeSet: ChangelogNode): boolean {
  if (["context", "contextFilter", "labels", "dbms"].some((name) => textIn(changeSet, name) !== undefined)) return false;
  return changeSet.children.every((child) => child.name.toLowerCase() !== "preconditions" || !/^(MARK_RAN|CONTINUE)$/i.test(textIn(child, "onFail") ?? ""));
}

/** `<modifySql><append value=" WHERE …"/></modifySql>` makes partial indexes (docs.liquibase.com, *modifySql*). */
function conditionOf(changeSet: ChangelogNode): string {
  const appended = changeSet.children.filter(({ name }) => name === "modifySql").flatMap((each) => childrenOf(each, "append")).map((each) => textIn(each, "value") ?? "");
  return appended.some((each) => /\bwhere\b/i.test(each)) ? " WHERE true" : "";
}

/** A change as statements (docs.liquibase.com, *Change Types*: a page of this name for each). */
function statementsOf(change: ChangelogNode): readonly string[] {
  const given = (name: string): string | undefined => textIn(change, name);
  const table = given("tableName");
  switch (change.name) {
    case "sql": {
      const text = given("sql") ?? change.text.trim();
      return text === "" ? [] : [text];
    }
    case "createIndex": {
      const columns = childrenOf(change, "column").flatMap(indexedColumn);
      return table === undefined || columns.length === 0 ? [] : [`CREATE ${given("unique") === "true" ? "UNIQUE " : ""}INDEX ${quoted(given("indexName"))} ON ${quoted(table)} (${columns.join(", ")})`];
    }
    case "createTable":
      return table === undefined ? [] : [`CREATE TABLE ${quoted(table)} (${constraintsOf(change).join(", ")})`];
    case "addColumn":
      return table === undefined ? [] : constraintsOf(change).map((each) => `ALTER TABLE ${quoted(table)} ADD ${each}`);
    case "addPrimaryKey":
    case "addUniqueConstraint": {
      const columns = given("columnNames")?.split(",").map((each) => each.trim()) ?? [];
      return table === undefined || columns.length === 0 ? [] : [`ALTER TABLE ${quoted(table)} ADD ${constraint(given("constraintName"), change.name === "addPrimaryKey" ? "PRIMARY KEY" : "UNIQUE", columns)}`];
    }
    case "dropIndex":
      return given("indexName") === undefined ? [] : [`DROP INDEX ${quoted(given("indexName"))}`];
    case "dropUniqueConstraint":
    case "dropPrimaryKey":
      return table === undefined || given("constraintName") === undefined ? [] : [`ALTER TABLE ${quoted(table)} DROP CONSTRAINT ${quoted(given("constraintName"))}`];
    case "renameTable":
      return [`ALTER TABLE ${quoted(given("oldTableName"))} RENAME TO ${quoted(given("newTableName"))}`];
    case "renameColumn":
      return table === undefined ? [] : [`ALTER TABLE ${quoted(table)} RENAME COLUMN ${quoted(given("oldColumnName"))} TO ${quoted(given("newColumnName"))}`];
  }
  return [];
}

/** A column of an index; what is `computed` is an expression (docs.liquibase.com, *column*: since 3.3.0, `descending` since 3.4). */
function indexedColumn(column: ChangelogNode): readonly string[] {
  const name = textIn(column, "name");
  if (name === undefined) return [];
  return [`${/^[\w$]+$/.test(name) ? quoted(name) : name}${textIn(column, "descending") === "true" ? " DESC" : ""}`];
}

/** The keys that come with columns: several that are `primaryKey` are one key (docs.liquibase.com, *constraints*). */
function constraintsOf(change: ChangelogNode): readonly string[] {
  const keys: string[] = [];
  const uniques: string[] = [];
  let keyName: string | undefined;
  for (const column of childrenOf(change, "column")) {
    const name = textIn(column, "name");
    const constraints = column.children.find((child) => child.name === "constraints");
    if (name === undefined || !constraints) continue;
    if (textIn(constraints, "primaryKey") === "true") {
      keys.push(name);
      keyName ??= textIn(constraints, "primaryKeyName");
    }
    if (textIn(constraints, "unique") === "true") uniques.push(constraint(textIn(constraints, "uniqueConstraintName"), "UNIQUE", [name]));
  }
  return keys.length === 0 ? uniques : [constraint(keyName, "PRIMARY KEY", keys), ...uniques];
}

function constraint(name: string | undefined, kind: "PRIMARY KEY" | "UNIQUE", columns: readonly string[]): string {
  return `${name === undefined ? "" : `CONSTRAINT ${quoted(name)} `}${kind} (${columns.map(quoted).join(", ")})`;
}

/** A name that is missing or has a parameter in it that nobody gave makes the statement one that is not read. */
function quoted(name: string | undefined): string {
  return name === undefined ? "" : name.split(".").map((part) => `"${part.replace(/["`[\]]/g, "")}"`).join(".");
}
