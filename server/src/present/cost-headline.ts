import { costText, type Cost, type EndpointCost } from "#engine";

/** `3 + 2·N queries`: short, where one table alone counts; `3 + 2·orders + items·orders` where several do. */
export function costHeadline(cost: Cost): string {
  const names = new Set(cost.terms.flatMap(({ per }) => per));
  const text = names.size === 1 ? costText({ ...cost, terms: cost.terms.map((term) => ({ ...term, per: term.per.map(() => "N") })) }) : costText(cost);
  return `${text} ${text === "1" ? "query" : "queries"}`;
}

/** `3 + 2·N queries · every row · GET /orders/`, for a line above what answers. */
export function lensTitle({ cost, routes, entry }: EndpointCost): string {
  const rows = { none: undefined, bounded: undefined, page: "a page of rows", unbounded: "every row" }[cost.rows];
  const [route] = routes;
  const address = route ? `${[route.methods.join(", "), route.path].filter(Boolean).join(" ")}${routes.length > 1 ? ` and ${routes.length - 1} more` : ""}` : entry === "unknown" || entry === "request" ? undefined : entry;
  return [costHeadline(cost), rows, address].filter((each) => each !== undefined).join(" · ");
}
