import { structuralFingerprint, type Basis, type Route } from "../project";
import type { Finding, RelatedPlace } from "../rule";
import type { Location } from "../source";
import type { RawFinding } from "./raw-finding";
import { severityOf } from "./severity";

/** A finding with the files whose checks saw it. */
export interface MergedFinding {
  readonly finding: Finding;
  readonly owners: ReadonlySet<string>;
  /** The key without its ordinal: findings that only their order tells apart share it. */
  readonly baseKey: string;
}

export interface SeenFinding {
  readonly raw: RawFinding;
  /** The file whose check saw it. */
  readonly owner: string;
}

/**
 * Joins what several checks saw at the same places of one file. The same rule at the same place for the same query is one finding, whose
 * related places are united; for different queries there is one finding each, because each has a fix of its own.
 * `path` names the file in keys, the same on every machine; `isTestCode` tells what is reported only when tests are asked for.
 */
export function mergeFindings(seen: readonly SeenFinding[], path: string, isTestCode: (raw: RawFinding) => boolean): readonly MergedFinding[] {
  const groups = new Map<string, SeenFinding[]>();
  for (const each of [...seen].sort(compareSeen)) {
    const { raw } = each;
    const group = [raw.ruleId, place(raw.at), raw.origin ? place(raw.origin) : "", raw.wording].join(" ");
    const known = groups.get(group);
    if (known) known.push(each);
    else groups.set(group, [each]);
  }
  const ordinals = new Map<string, number>();
  return mostCertain([...groups.values()]).map((group) => {
    const first = group[0].raw;
    const baseKey = `${first.ruleId}:${structuralFingerprint(path, first.functionId, first.wording)}`;
    const ordinal = ordinals.get(baseKey) ?? 0;
    ordinals.set(baseKey, ordinal + 1);
    return {
      baseKey,
      owners: new Set(group.map((each) => each.owner)),
      finding: toFinding(group.map((each) => each.raw), ordinal === 0 ? baseKey : `${baseKey}:${ordinal}`, isTestCode),
    };
  });
}

const CERTAINTY: readonly Basis[] = ["assumed", "inferred", "resolved"];

/** Without the findings at whose place another of their family is more certain: a helper that loops over what it is given says less than the caller that shows the rows. */
function mostCertain(groups: readonly (readonly SeenFinding[])[]): readonly (readonly SeenFinding[])[] {
  const certainty = (group: readonly SeenFinding[]): number => Math.max(...group.map(({ raw }) => CERTAINTY.indexOf(raw.confidence)));
  const best = new Map<string, number>();
  for (const group of groups) {
    const { family, at } = group[0].raw;
    if (family !== undefined) best.set(`${family} ${place(at)}`, Math.max(best.get(`${family} ${place(at)}`) ?? 0, certainty(group)));
  }
  return groups.filter((group) => group[0].raw.family === undefined || certainty(group) === best.get(`${group[0].raw.family} ${place(group[0].raw.at)}`));
}

function toFinding(group: readonly RawFinding[], key: string, isTestCode: (raw: RawFinding) => boolean): Finding {
  // The most urgent caller decides: a helper that both a view and a task reach is on the request path.
  const strongest = group.map((each) => ({ each, severity: severityOf(each.impact, each.confidence, each.entry, each.lower) })).sort((a, b) => severityOrder[a.severity] - severityOrder[b.severity])[0];
  const { each, severity } = strongest;
  return {
    ruleId: each.ruleId,
    key,
    message: each.message,
    ...(each.hint !== undefined && { hint: each.hint }),
    impact: each.impact,
    severity,
    confidence: each.confidence,
    at: each.at,
    related: [...uniteRelated(group), ...reachedFrom(group)],
    proposals: each.proposals,
    identity: `${each.ruleId}:${structuralFingerprint(each.functionId, each.wording)}`,
    routes: [...new Set(group.flatMap(({ routes }) => routes.map(routeText)))],
    ...(each.loop && { loop: each.loop }),
    ...(each.cost && { cost: each.cost }),
    ...(each.grows && { grows: each.grows }),
    ...(group.every(isTestCode) && { isTestCode: true as const }),
    ...(each.unnecessary && { unnecessary: true }),
  };
}

const severityOrder = { warning: 0, information: 1, hint: 2 } as const;

function uniteRelated(group: readonly RawFinding[]): readonly RelatedPlace[] {
  const isCalled = group.some(({ uncalled }) => !uncalled);
  const united = new Map<string, RelatedPlace>();
  for (const { related, uncalled } of group) {
    for (const each of uncalled && !isCalled ? [...related, uncalled] : related) {
      const id = `${place(each.at)} ${each.message}`;
      if (!united.has(id)) united.set(id, each);
    }
  }
  return [...united.values()];
}

/** So many addresses are named; of more only how many there are. */
const MOST_ROUTES = 3;

/** `reached from GET /orders/`, at the declaration of each address. */
function reachedFrom(group: readonly RawFinding[]): readonly RelatedPlace[] {
  const routes = new Map<string, RelatedPlace>();
  for (const { routes: all } of group) {
    for (const route of all) {
      const text = routeText(route);
      if (!routes.has(text)) routes.set(text, { at: route.at, message: `reached from ${text}` });
    }
  }
  const places = [...routes.values()];
  if (places.length <= MOST_ROUTES) return places;
  const [last, ...before] = places.slice(0, MOST_ROUTES).reverse();
  const rest = places.length - MOST_ROUTES;
  return [...before.reverse(), { ...last, message: `${last.message} and ${rest} more ${rest === 1 ? "address" : "addresses"}` }];
}

/** `GET, POST /orders/` */
function routeText({ methods, path }: Route): string {
  return [methods.join(", "), path].filter(Boolean).join(" ");
}

function place({ uri, span }: Location): string {
  return `${uri}#${span.start}-${span.end}`;
}

/** By position, then in an order that does not depend on which file was checked first. */
function compareSeen(a: SeenFinding, b: SeenFinding): number {
  return (
    a.raw.at.span.start - b.raw.at.span.start ||
    a.raw.at.span.end - b.raw.at.span.end ||
    compareText(a.raw.ruleId, b.raw.ruleId) ||
    compareOrigins(a.raw.origin, b.raw.origin) ||
    compareText(a.raw.wording, b.raw.wording) ||
    Number(a.owner !== a.raw.at.uri) - Number(b.owner !== b.raw.at.uri) ||
    compareText(a.owner, b.owner)
  );
}

function compareOrigins(a: Location | undefined, b: Location | undefined): number {
  if (!a || !b) return Number(a !== undefined) - Number(b !== undefined);
  return compareText(a.uri, b.uri) || a.span.start - b.span.start || a.span.end - b.span.end;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
