import { costText, type Cost, type EndpointCost } from "#engine";

const MOST_TERMS = 2;

/** `up to 3 + 2·orders`: the most that is sent, as one number for each term; "about" where parts are not known. The ranges are `costText`'s to tell. */
export function costAtMost({ terms, gaps }: Pick<Cost, "terms" | "gaps">): string {
  const text = costText({ terms: terms.map((term) => ({ ...term, least: term.most })), gaps: [] });
  if (gaps.length > 0) return `about ${text}`;
  return terms.some(({ least, most }) => least !== most) ? `up to ${text}` : text;
}

/** As the hints at loops spell it. */
const POWERS: readonly string[] = ["", "N", "N²", "N³"];

/** `3 + 2N queries`: short, where one table alone counts; `3 + 2·orders + items·orders` where several do. */
export function costHeadline(cost: Cost): string {
  const names = new Set(cost.terms.flatMap(({ per }) => per));
  const growing = cost.terms.filter(({ per }) => per.length > 0);
  // The fastest growing ones say it; a line of all would be read by nobody.
  const told = [...growing].sort((a, b) => b.per.length - a.per.length || b.most - a.most).slice(0, MOST_TERMS);
  const short = { gaps: cost.gaps, terms: cost.terms.filter((term) => term.per.length === 0 || told.includes(term)) };
  const text = costAtMost(names.size === 1 ? { ...short, terms: short.terms.map((term) => ({ ...term, per: term.per.length > 0 ? [POWERS[term.per.length] ?? "N…"] : [] })) } : short).replace(/(\d)·N/g, "$1N");
  return `${text}${told.length < growing.length ? " + …" : ""} ${/^(\S+ )*1$/.test(text) && growing.length === 0 ? "query" : "queries"}`;
}

/** `3 + 2N queries · every row · GET /orders/`, for a line above what answers. */
export function lensTitle({ cost, routes, entry }: EndpointCost): string {
  const rows = { none: undefined, bounded: undefined, page: "a page of rows", unbounded: "every row" }[cost.rows];
  const [route] = routes;
  const address = route ? `${[route.methods.join(", "), route.path].filter(Boolean).join(" ")}${routes.length > 1 ? ` and ${routes.length - 1} more` : ""}` : entry === "unknown" || entry === "request" ? undefined : entry;
  return [costHeadline(cost), rows, address].filter((each) => each !== undefined).join(" · ");
}
