import type { Call } from "../../../facts";
import type { Query } from "../../../flow";
import type { ProjectModel } from "../../../project";
import { withWrittenOptions } from "../../script/written-options";

/** The argument that holds the options of a finder; undefined for what is none. */
const OPTIONS: ReadonlyMap<string, number> = new Map([
  ["findAll", 0], ["findAndCountAll", 0], ["findOne", 0], ["findByPk", 1], ["count", 0], ["sum", 1], ["min", 1], ["max", 1],
]);

/** The call that sends a query, where its options can be changed. */
export interface Finder {
  readonly uri: string;
  readonly call: Call;
  readonly name: string;
  /** The place of its options among the arguments. */
  readonly options: number;
}

/** The finder that a query comes from, `Order.findAll({ … })`; of a relation of a row its getter. With `project`, options in a name of their own are in sight. */
export function finderOf(query: Query, project?: ProjectModel): Finder | undefined {
  if (query.joined) return undefined;
  const last = query.origin.steps[query.origin.steps.length - 1];
  if (!last || last.custom) return undefined;
  const options = OPTIONS.get(last.name);
  if (options === undefined || last.call.arguments.some(({ spread }) => spread)) return undefined;
  return { uri: last.uri, call: withWrittenOptions(last.call, options, last.uri, project), name: last.name, options };
}
