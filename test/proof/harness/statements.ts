/** One statement that reached the database, and how many rows it sent back. */
export interface Statement {
  readonly sql: string;
  rows: number;
}

/** Everything that reached either database, in order. Both databases write here, so no library has to be trusted to count itself. */
const log: Statement[] = [];

export function record(sql: string): Statement {
  const statement = { sql: sql.replace(/\s+/g, " ").trim(), rows: 0 };
  log.push(statement);
  return statement;
}

/** The statements that reach the database while `run` runs. */
export async function statementsOf(run: () => unknown): Promise<readonly Statement[]> {
  const before = log.length;
  await run();
  return log.slice(before);
}

/** The SQL that reaches the database while `run` runs. */
export async function sqlOf(run: () => unknown): Promise<readonly string[]> {
  return (await statementsOf(run)).map(({ sql }) => sql);
}

/** How many statements reach the database while `run` runs. */
export async function countOf(run: () => unknown): Promise<number> {
  return (await statementsOf(run)).length;
}

/** What statements begin with, in order: `BEGIN, INSERT, COMMIT`. */
export async function verbsOf(run: () => unknown): Promise<string> {
  return (await sqlOf(run)).map((sql) => sql.match(/[a-z]+/i)?.[0].toUpperCase() ?? sql).join(", ");
}
