import { defineRule, type Aggregate, type BodyDone, type Query } from "#engine";
import { offered } from "../../shared/queries";

/** Two to-many joins in one query multiply their rows, and a count or sum over one of them comes out too large. */
export default defineRule({
  id: "inflated-count",
  summary: "Two to-many joins in one query multiply what is counted",
  impact: "high",
  frameworks: ["django"],
  messages: {
    counted: {
      what: "`{aggregate}` counts each row once for every row of `{other}`",
      why: "joined rows multiply, so 3 and 2 are read, and counted, as 6",
      instead: "count with `distinct=True`, or in a subquery",
    },
    summed: {
      what: "`{aggregate}` adds each row once for every row of `{other}`",
      why: "joined rows multiply, so 3 and 2 are read, and added, as 6",
      instead: "compute it in a subquery of its own",
    },
  },
  check: {
    // The function as a whole: what is only compared with 0 afterwards is right either way.
    bodyDone(body, { rewriter, report }) {
      for (const event of body.events) {
        if (event.kind !== "aggregated") continue;
        const { query, added } = event;
        const before = query.aggregates.filter((each) => !added.includes(each));
        const wrong = query.aggregates.filter((each) => multiplier(each, query, query.aggregates) !== undefined && !isOnlyTested(each, body));
        const newlyWrong = wrong.filter((each) => added.includes(each) || multiplier(each, query, before) === undefined);
        for (const kind of ["count", "sum"] as const) {
          const [first, ...others] = newlyWrong.filter((each) => each.function === kind);
          if (first === undefined) continue;
          report(kind === "count" ? "counted" : "summed", {
            at: first.at,
            values: { aggregate: `${kind === "count" ? "Count" : "Sum"}(${first.path})`, other: multiplier(first, query, query.aggregates)! },
            related: others.map((each) => ({ at: each.at, message: "this one is too large as well" })),
            fixes: offered(kind === "count" ? rewriter(query.orm).countDistinct([first, ...others]) : undefined),
            hint: "multiplied",
            about: query,
            basis: query.basis,
          });
        }
      }
    },
  },
});

/** The to-many relation whose rows multiply those of an aggregate: joined for another one, and not by what the query groups by. */
function multiplier(aggregate: Aggregate, query: Query, aggregates: readonly Aggregate[]): string | undefined {
  if (aggregate.distinct || aggregate.function === "other") return undefined;
  const own = [...aggregate.toMany, ...aggregate.conditionToMany];
  const joined = aggregates.filter((each) => each !== aggregate).flatMap((each) => [...each.toMany, ...each.conditionToMany]);
  return joined.find((path) => !own.includes(path) && !query.values.some((value) => value === path || value.startsWith(`${path}__`)));
}

/** `filter(books=0)`, `filter(books__gt=0)`: a product is 0 exactly when one of its factors is. */
function isOnlyTested(aggregate: Aggregate, body: BodyDone): boolean {
  return body.events.some((event) => event.kind === "lookup" && event.lookup.annotated && event.lookup.path[0] === aggregate.name && (event.lookup.constant === 0 || (event.lookup.constant === 1 && /^(gte|lt)$/.test(event.lookup.lookup))));
}
