import { DiagnosticSeverity, DiagnosticTag, type Diagnostic, type Range } from "vscode-languageserver-types";
import type { Finding, Location, Severity } from "#engine";
import type { ConfigurationProblem } from "../config/located";
import type { DiagnosticData } from "../protocol";
import { atDifferentPlaces } from "./evidence";
import type { LineIndexes } from "./line-indexes";

export const SOURCE = "scale-hints";

/** What a diagnostic needs to know besides the finding. */
export interface DiagnosticContext {
  readonly lines: LineIndexes;
  /** The URI as the client spells it. */
  readonly clientUri: (uri: string) => string;
  /** Where the rule's page is. */
  readonly rulePage: (ruleId: string) => string | undefined;
  readonly version: (uri: string) => number | null;
  readonly supports: { readonly relatedInformation: boolean; readonly codeDescription: boolean; readonly unnecessaryTag: boolean };
}

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** What is wrong with a configuration file, at its place. */
export function problemDiagnostic(uri: string, { message, at = { start: 0, end: 0 } }: ConfigurationProblem, { lines }: DiagnosticContext): Diagnostic {
  return { range: lines.range(uri, at), severity: DiagnosticSeverity.Warning, source: SOURCE, message };
}

/** A call over twenty lines is underlined where it begins: a page of waves says no more. */
function firstLine({ uri, span }: Location, lines: LineIndexes): Range {
  const { start, end } = lines.range(uri, span);
  if (start.line === end.line) return { start, end };
  const line = /^[^\r\n]*/.exec((lines.textOf(uri) ?? "").slice(span.start))![0].trimEnd();
  return lines.range(uri, { start: span.start, end: span.start + line.length });
}

/** What is wrong on one line, what to do on the next: lists show the first, and peeks do not wrap. */
function inLines(message: string): string {
  return message.replace(/^((?:`[^`]*`|[^`])*?\.) (?=\S)/, "$1\n");
}

export function toDiagnostic(finding: Finding, context: DiagnosticContext): Diagnostic {
  const { lines, supports } = context;
  const data: DiagnosticData = { key: finding.key, version: context.version(finding.at.uri) };
  const page = context.rulePage(finding.ruleId);
  return {
    range: finding.unnecessary ? lines.range(finding.at.uri, finding.at.span) : firstLine(finding.at, lines),
    severity: SEVERITIES[finding.severity],
    code: finding.ruleId,
    ...(supports.codeDescription && page !== undefined ? { codeDescription: { href: page } } : {}),
    source: SOURCE,
    message: inLines(finding.message),
    ...(supports.unnecessaryTag && finding.unnecessary ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    ...(supports.relatedInformation && finding.related.length > 0
      ? {
          relatedInformation: atDifferentPlaces(finding.related).map(({ at, message }) => ({
            location: { uri: context.clientUri(at.uri), range: lines.range(at.uri, at.span) },
            message,
          })),
        }
      : {}),
    data,
  };
}
