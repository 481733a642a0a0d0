import { blindSpot } from "../present/blind-spot";
import { prettyUnderstood, unresolvedToJson } from "../present/understood";
import type { Environment } from "./environment";
import { report, type Reported, type ReportOptions } from "./report";

/** Prints what of a project is understood, and what is not and why: so that silence can be told from blindness. */
export function understood(paths: readonly string[], options: ReportOptions, environment: Environment): Promise<number> {
  const unresolvedOf = ({ engine, isAskedFor }: Reported) => engine.unresolved().filter(isAskedFor);
  return report(paths, options, environment, {
    json: ({ engine, context, ...of }) => {
      const understood = engine.understood();
      const blind = blindSpot(understood, () => engine.landscape());
      return { understood, ...(blind && { blind }), unresolved: unresolvedToJson(unresolvedOf({ engine, context, ...of }), context) };
    },
    pretty: (of) => prettyUnderstood(of.engine.understood(), unresolvedOf(of), { ...of.context, landscape: () => of.engine.landscape() }),
  });
}
