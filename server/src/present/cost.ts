import { costText, degreeOf, statementsAt, type Cost, type CostReason, type CostTerm, type EndpointCost } from "#engine";
import type { LineIndexes } from "./line-indexes";
import { counted } from "./pretty";
import type { Style } from "./style";

export interface CostContext {
  readonly lines: LineIndexes;
  readonly pathOf: (uri: string) => string;
  readonly style: Style;
}

/** Numbers to put into the polynomials, where somebody gave any. */
export interface CostNumbers {
  /** Row counts by name. */
  readonly counts: ReadonlyMap<string, number>;
  /** For names that are not given; absent: the polynomial alone is printed. */
  readonly rows?: number;
  /** Milliseconds that one statement takes there and back. */
  readonly roundTrip: number;
}

/** The dearest first: by how they grow, then by the statements of their fastest growing terms. */
export function byGrowth(endpoints: readonly EndpointCost[]): readonly EndpointCost[] {
  const weight = ({ terms }: Cost, degree: number): number => terms.filter(({ per }) => per.length === degree).reduce((sum, { most }) => sum + most, 0);
  return [...endpoints].sort((a, b) => {
    const [x, y] = [degreeOf(a.cost), degreeOf(b.cost)];
    return y - x || weight(b.cost, y) - weight(a.cost, x) || weight(b.cost, 0) - weight(a.cost, 0);
  });
}

/** The costs as data: one-based lines. */
export function costsToJson(endpoints: readonly EndpointCost[], context: CostContext, numbers: CostNumbers): readonly object[] {
  const reason = ({ at, message }: CostReason): object => ({ path: context.pathOf(at.uri), line: lineOf(at, context), message });
  const term = ({ per, least, most, because }: CostTerm): object => ({ per, count: most, ...(least !== most && { least }), because: because.map(reason) });
  return byGrowth(endpoints).map(({ name, routes, entry, at, cost }) => ({
    name, route: routes[0] ? routeText(routes[0]) : null, routes: routes.map(routeText), entry, path: context.pathOf(at.uri), line: lineOf(at, context), queries: costText(cost), terms: cost.terms.map(term), writes: cost.writes.map(term),
    limits: cost.limits, rows: cost.rows, scans: cost.scans.map(reason), exact: cost.exact, gaps: cost.gaps.map(reason), ...(isAsked(numbers) && { at: valuesOf(cost, numbers) }),
  }));
}

function isAsked({ counts, rows }: CostNumbers): boolean {
  return rows !== undefined || counts.size > 0;
}

function valuesOf(cost: Cost, { counts, rows = 1, roundTrip }: CostNumbers): { readonly queries: number; readonly least: number; readonly milliseconds: number } {
  const { least, most } = statementsAt(cost, counts, rows);
  return { queries: most, least, milliseconds: Math.round(most * roundTrip) };
}

/** What an address, a task or a command costs, with the places that each growing term comes from. */
export function prettyCosts(endpoints: readonly EndpointCost[], context: CostContext, numbers: CostNumbers): string {
  const { style } = context;
  const out: string[] = [];
  for (const endpoint of byGrowth(endpoints)) {
    const { name, routes, at, cost, entry } = endpoint;
    const where = style.cyan(`${context.pathOf(at.uri)}:${lineOf(at, context)}`);
    const address = routes.length > 0 ? routeText(routes[0]) : entry;
    out.push(`${style.bold(colour(costText(cost), cost, style))} queries  ${rowsText(cost)}  ${address}${routes.length > 1 ? ` (+${routes.length - 1})` : ""}  ${name}  ${where}`);
    if (isAsked(numbers)) {
      const { queries, least, milliseconds } = valuesOf(cost, numbers);
      out.push(`  ${style.dim(`${least === queries ? "" : `${least.toLocaleString("en-US")} to `}${queries.toLocaleString("en-US")} queries, about ${milliseconds.toLocaleString("en-US")} ms of round trips`)}`);
    }
    for (const term of cost.terms.filter(({ per }) => per.length > 0)) for (const { at: place, message } of term.because) out.push(`  ${style.dim(`per ${term.per.join(" and ")}:`)} ${message} ${style.cyan(`${context.pathOf(place.uri)}:${lineOf(place, context)}`)}`);
    for (const { at: place, message } of cost.gaps) out.push(`  ${style.dim(`not known: ${message}`)} ${style.cyan(`${context.pathOf(place.uri)}:${lineOf(place, context)}`)}`);
  }
  const growing = endpoints.filter(({ cost }) => degreeOf(cost) > 0).length;
  out.push("", `${counted(endpoints.length, "entry point")}, ${growing} of them grow with the tables.`, "");
  return out.join("\n");
}

function colour(text: string, cost: Cost, style: Style): string {
  return degreeOf(cost) > 0 ? style.yellow(text) : style.green(text);
}

function rowsText({ rows, limits }: Cost): string {
  const most = Object.entries(limits).map(([name, limit]) => `at most ${limit} ${name}`);
  return [rows === "none" ? "no rows" : rows, ...most].join(", ");
}

function routeText({ methods, path }: EndpointCost["routes"][number]): string {
  return methods.length > 0 ? `${methods.join("|")} ${path}` : path;
}

function lineOf(at: CostReason["at"], { lines }: CostContext): number {
  return lines.range(at.uri, at.span).start.line + 1;
}
