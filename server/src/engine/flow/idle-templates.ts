import type { Machine } from "./machine";
import { Scope } from "./scope";
import { fixedKey, optionsOf, type RowValue, type Value } from "./values";

/** The names of a part of a template, remembering which were asked for. */
export class TrackedScope extends Scope {
  readonly asked = new Map<string, Value | undefined>();

  override get(name: string): Value | undefined {
    const value = super.get(name);
    if (!this.asked.has(name)) this.asked.set(name, value);
    return value;
  }
}

/** What a part of a template asked its names for, when it asked no database and said nothing. */
export type IdleRun = ReadonlyMap<string, string>;

/**
 * Runs a part of a template unless it ran before with the same answers to all that it asked, and nothing came of it then: the header
 * and the buttons that every page includes. The result is the same either way; only the time is saved.
 */
export function unlessIdle(m: Machine, key: string, scope: TrackedScope, run: () => void): void {
  const known = m.idleTemplates.get(key) ?? [];
  if (known.some((each) => asksTheSame(each, scope))) return;
  const { events, work, rendering } = m;
  const count = events.length;
  const { isClosed, setByLibraries, written } = rendering ?? {};
  scope.asked.clear();
  run();
  if (m.events !== events || events.length !== count || m.work !== work || rendering?.written !== written || rendering?.isClosed !== isClosed || rendering?.setByLibraries !== setByLibraries || known.length >= MOST_KNOWN) return;
  const answers = new Map<string, string>();
  for (const [name, value] of scope.asked) {
    const answer = signatureOf(value);
    if (answer === undefined) return;
    answers.set(name, answer);
  }
  m.idleTemplates.set(key, [...known, answers]);
}

const MOST_KNOWN = 12;

function asksTheSame(known: IdleRun, scope: Scope): boolean {
  for (const [name, answer] of known) if (signatureOf(scope.get(name)) !== answer) return false;
  return true;
}

/** Rows of one entity that have the same with them: what one of them has without asking, the other has as well. */
function rowSignature({ origin, cell }: RowValue): string {
  const { query } = origin;
  const row = `row ${origin.entity} ${origin.path} ${origin.loop ? "each" : ""} ${[...cell.read].join()}`;
  if (!query) return row;
  const columns = query.columns.kind === "all" ? "" : `${query.columns.kind} ${[...query.columns.names].join()}`;
  const loads = [...query.loads.values()].map(({ path, toAttribute, query: own }) => `${path}>${toAttribute ?? ""}${own ? own.id : ""}`);
  return `${row} of ${query.entity} ${query.shape} ${loads.join()} ${query.loadsAllRequired} ${columns} ${[...query.annotations].join()} ${query.parent?.relation.name ?? ""}`;
}

/** What can be told of a value, where that is all that can come of it; undefined for whatever may have changed in between. */
function signatureOf(value: Value | undefined): string | undefined {
  if (value === undefined) return "-";
  switch (value.kind) {
    case "object": return value.type === "request" || value.type === "key" || value.type === "cached" ? value.type : undefined;
    case "row": return value.cell.assigned.length > 0 ? undefined : rowSignature(value);
    case "union": {
      const parts = optionsOf(value).map(signatureOf);
      return parts.includes(undefined) ? undefined : parts.join("/");
    }
    default: return fixedKey(value);
  }
}
