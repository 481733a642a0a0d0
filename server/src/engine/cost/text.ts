import type { Cost, CostTerm } from "./cost";

/** `3 + 2·orders + items·orders`; `0–1` where it depends, `≥` in front of what is only a lower bound. */
export function costText({ terms, gaps }: Pick<Cost, "terms" | "gaps">): string {
  const parts = terms.map(termText);
  const text = parts.length > 0 ? parts.join(" + ") : "0";
  return gaps.length > 0 ? `≥ ${text}` : text;
}

/** `2·orders`. */
export function termText({ per, least, most }: CostTerm): string {
  const count = least === most ? String(most) : `${least}–${most}`;
  if (per.length === 0) return count;
  return count === "1" ? per.map(spelt).join("·") : `${count}·${per.map(spelt).join("·")}`;
}

function spelt(name: string): string {
  return name.includes(" ") ? name.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase()) : name;
}

/** How fast a cost grows: the highest number of row counts that are multiplied. */
export function degreeOf({ terms }: Pick<Cost, "terms">): number {
  return Math.max(0, ...terms.map(({ per }) => per.length));
}

/** Statements for these row counts, by name as `costText` writes it or with blanks; `otherwise` for those that are not given. */
export function statementsAt({ terms, limits }: Pick<Cost, "terms" | "limits">, counts: ReadonlyMap<string, number>, otherwise: number): { readonly least: number; readonly most: number } {
  let least = 0;
  let most = 0;
  for (const term of terms) {
    const times = term.per.reduce((product, name) => product * Math.min(counts.get(name) ?? counts.get(spelt(name)) ?? otherwise, limits[name] ?? Infinity), 1);
    least += term.least * times;
    most += term.most * times;
  }
  return { least, most };
}
