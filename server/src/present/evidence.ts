import type { Range } from "vscode-languageserver-types";
import type { EndpointCost, Finding, Location, RelatedPlace } from "#engine";
import type { LineIndexes } from "./line-indexes";

/** Places that belong together, for a peek in the editor. */
export interface Places {
  readonly title: string;
  readonly uri: string;
  readonly position: { readonly line: number; readonly character: number };
  readonly places: readonly { readonly uri: string; readonly range: Range; readonly message: string }[];
}

export interface PlaceContext {
  readonly lines: LineIndexes;
  readonly clientUri: (uri: string) => string;
}

/** A loop that is a call is the loop; it need not be told twice. */
export function atDifferentPlaces(related: readonly RelatedPlace[]): readonly RelatedPlace[] {
  const known = new Set<string>();
  return related.filter(({ at: { uri, span } }) => {
    const place = `${uri} ${span.start}`;
    return !known.has(place) && known.add(place);
  });
}

/** Everything that a finding points at, itself first. */
export function evidenceOf(finding: Finding, context: PlaceContext): Places {
  return placesOf(finding.at, finding.message, atDifferentPlaces([{ at: finding.at, message: finding.message }, ...finding.related]), context);
}

export function placesOf(at: Location, title: string, places: readonly { readonly at: Location; readonly message: string }[], context: PlaceContext): Places {
  return {
    title,
    uri: context.clientUri(at.uri),
    position: context.lines.range(at.uri, at.span).start,
    places: places.map((each) => ({ uri: context.clientUri(each.at.uri), range: context.lines.range(each.at.uri, each.at.span), message: each.message })),
  };
}

/** The places of each term, those that grow first. */
export function placesBehind({ cost }: EndpointCost): readonly RelatedPlace[] {
  const terms = [...cost.terms].sort((a, b) => b.per.length - a.per.length);
  const places = terms.flatMap(({ per, because }) => because.map(({ at, message }) => ({ at, message: per.length > 0 ? `${message}, for each of ${per.join(" and ")}` : message })));
  return [...places, ...cost.gaps.map(({ at, message }) => ({ at, message: `not known: ${message}` }))];
}

/** Places as a list of links. */
export function placesMarkdown(places: readonly RelatedPlace[], context: PlaceContext): string {
  return atDifferentPlaces(places).map(({ at, message }) => `\n- [${escaped(message)}](${linkTo(at, context)})`).join("");
}

/** A link that editors open at the line. */
export function linkTo(at: Location, context: PlaceContext): string {
  return `${context.clientUri(at.uri)}#L${context.lines.range(at.uri, at.span).start.line + 1}`;
}

/** Text that Markdown shows as it is; marked code stays. */
function escaped(text: string): string {
  return text.replace(/[[\]]/g, "\\$&");
}
