import { ConfigError } from "../config/settings";
import { costsToJson, prettyCosts, type CostNumbers } from "../present/cost";
import type { Environment } from "./environment";
import { report, type Reported, type ReportOptions } from "./report";

export interface CostOptions extends ReportOptions {
  /** `orders=50000`, one for each name. */
  readonly at: readonly string[];
  readonly rows?: string;
  readonly roundTrip: string;
}

/** Prints what every address, task and command asks of the database, the fastest growing first. */
export async function cost(paths: readonly string[], options: CostOptions, environment: Environment): Promise<number> {
  const numbers = numbersOf(options);
  const endpointsOf = ({ engine, isAskedFor }: Reported) => engine.costs().filter(isAskedFor);
  return report(paths, options, environment, {
    json: (of) => ({ endpoints: costsToJson(endpointsOf(of), of.context, numbers) }),
    pretty: (of) => prettyCosts(endpointsOf(of), of.context, numbers),
  });
}

function numbersOf({ at, rows, roundTrip }: CostOptions): CostNumbers {
  const counts = new Map<string, number>();
  for (const each of at) {
    const [, name, count] = /^\s*([^=]+?)\s*=\s*(\d[\d_,]*)\s*$/.exec(each) ?? [];
    if (name === undefined) throw new ConfigError(`--at needs a name and a number, as in --at orders=50000, not "${each}"`);
    counts.set(name, Number(count.replace(/[_,]/g, "")));
  }
  return { counts, ...(rows !== undefined && { rows: positive("--rows", rows) }), roundTrip: positive("--round-trip", roundTrip) };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new ConfigError(`${name} needs a number above zero, not "${text}"`);
  return value;
}
