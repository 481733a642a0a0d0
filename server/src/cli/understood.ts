import { prettyUnderstood, unresolvedToJson } from "../present/understood";
import type { Environment } from "./environment";
import { report, type Reported, type ReportOptions } from "./report";

/** Prints what of a project is understood, and what is not and why: so that silence can be told from blindness. */
export function understood(paths: readonly string[], options: ReportOptions, environment: Environment): Promise<number> {
  const unresolvedOf = ({ engine, isAskedFor }: Reported) => engine.unresolved().filter(isAskedFor);
  return report(paths, options, environment, {
    json: (of) => ({ understood: of.engine.understood(), unresolved: unresolvedToJson(unresolvedOf(of), of.context) }),
    pretty: (of) => prettyUnderstood(of.engine.understood(), unresolvedOf(of), of.context),
  });
}
