import type { Query, StatementCount } from "../../flow";
import { ANY_LOAD } from "../script/queries";

export interface Sent {
  /** Whether something is joined, and "some" where that is not known. */
  readonly joins: boolean | "some";
  /** A page is cut by `take` or `skip`, or the one row that `findOne` looks for. */
  readonly cut: "page" | "one" | undefined;
  /** The number of all rows is asked for as well. */
  readonly counts?: boolean;
}

/**
 * How many statements a find is (measured on 1.1.1, docs/library-facts.md TO-V2 and TO-C1). Of a page with joins the distinct keys are asked first and the rows then, if there are
 * any; each relation of the strategy "query" takes one for the keys and one for the rows; the number of all rows is asked only where the page is full.
 */
export function statementsOfFind(query: Pick<Query, "loads">, { joins, cut, counts }: Sent): StatementCount {
  let least = 1;
  let most = 1;
  for (const { path, by } of query.loads.values()) {
    if (by !== "prefetch") continue;
    if (path !== ANY_LOAD && cut !== "one") least += 2;
    most += 2;
  }
  if (cut && joins) {
    if (cut === "page" && joins === true) least++;
    most++;
  }
  if (counts && cut === "page") most++;
  return { least, most };
}
