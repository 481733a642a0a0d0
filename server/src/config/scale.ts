import type { Finding, Growth, Severity } from "#engine";
import { SCALE_ROWS, type Configuration } from "./options";

const STEPS: readonly Severity[] = ["warning", "information", "hint"];

/** Up to this many rows, a table may be read whole, searched or sorted: nobody will notice. */
const FEW_ROWS = 1_000;
/** Up to so many rounds, so many statements more are no matter. */
const FEW_ROUNDS = 10;
/** From here on, everything costs a step more. */
const MANY_ROWS = 1_000_000;

/** What rules of a topic count: rounds of loops, rows of the table that is asked, or nothing of either. */
const COUNTS: Readonly<Record<string, "rounds" | "rows" | undefined>> = {
  "queries-in-loops": "rounds",
  "unbounded-results": "rows",
  "wrong-place": "rows",
  "indexes-and-lookups": "rows",
};

/**
 * The severity of a finding for the size that its table has: declared for the model or table, else the target scale. Undefined: with so
 * few rows declared there is nothing to report. What grows with no table (settings, servers) follows the scale alone.
 */
export function severityAtScale({ severity, grows }: Finding, topic: string | undefined, { scale, rows }: Configuration): Severity | undefined {
  const step = STEPS.indexOf(severity);
  const moved = (by: number): Severity => STEPS[Math.max(0, Math.min(STEPS.length - 1, step + by))];
  const counts = COUNTS[topic ?? ""];
  const declared = counts === "rounds" ? roundsOf(grows, rows) : counts === "rows" ? declaredRows(grows?.rows, rows) : undefined;
  if (declared === undefined) return moved(SCALE_ROWS[scale] <= FEW_ROWS ? 1 : SCALE_ROWS[scale] >= MANY_ROWS ? -1 : 0);
  const few = counts === "rounds" ? FEW_ROUNDS : FEW_ROWS;
  if (declared <= few) return undefined;
  return moved(declared <= few * 10 ? 1 : declared >= MANY_ROWS ? -1 : 0);
}

/** How many rounds the loops make whose tables are declared; undefined where one of them is not. */
function roundsOf(grows: Growth | undefined, rows: ReadonlyMap<string, number>): number | undefined {
  if (!grows || grows.rounds.length === 0) return undefined;
  const counts = grows.rounds.map((names) => declaredRows(names, rows));
  return counts.some((count) => count === undefined) ? undefined : counts.reduce<number>((product, count) => product * count!, 1);
}

function declaredRows(names: readonly string[] | undefined, rows: ReadonlyMap<string, number>): number | undefined {
  return names?.map((name) => rows.get(name.toLowerCase())).find((count) => count !== undefined);
}
