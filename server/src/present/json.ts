import type { Basis, Finding, FindingCost, Fix, Location, Safety, Severity, Understood } from "#engine";
import type { LineIndexes } from "./line-indexes";

/** The report of `scale-hints check --format json`; a change of shape gets a new version. */
export interface JsonReport {
  readonly version: 1;
  readonly findings: readonly JsonFinding[];
  readonly understood: Understood;
}

interface JsonFinding extends JsonRange {
  readonly ruleId: string;
  readonly message: string;
  readonly severity: Severity;
  readonly confidence: Basis;
  /** What the address, task or function comes to that it stands in; absent where it is not about statements that loops repeat. */
  readonly cost?: FindingCost;
  readonly related: readonly { readonly path: string; readonly line: number; readonly column: number; readonly message: string }[];
  readonly fixes: readonly {
    readonly title: string;
    readonly safety: Safety;
    /** `creates`: the file is not there yet. */
    readonly edits: readonly (JsonRange & { readonly newText: string; readonly creates?: true })[];
  }[];
}

/** One-based lines and UTF-16 columns; the end is exclusive. */
interface JsonRange {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface JsonContext {
  readonly lines: LineIndexes;
  readonly pathOf: (uri: string) => string;
  readonly fixesOf: (finding: Finding) => readonly Fix[];
}

export function toJson(findings: readonly Finding[], understood: Understood, context: JsonContext): JsonReport {
  return {
    version: 1,
    findings: findings.map((finding) => toJsonFinding(finding, context)),
    understood: {
      files: understood.files,
      entities: understood.entities,
      relations: understood.relations,
      queries: understood.queries,
      unresolved: understood.unresolved,
      views: understood.views,
      templates: understood.templates,
      serializers: understood.serializers,
    },
  };
}

function toJsonFinding(finding: Finding, context: JsonContext): JsonFinding {
  return {
    ruleId: finding.ruleId,
    message: finding.message,
    severity: finding.severity,
    confidence: finding.confidence,
    ...toJsonRange(finding.at, context),
    ...(finding.cost && { cost: finding.cost }),
    related: finding.related.map(({ at, message }) => {
      const { path, line, column } = toJsonRange(at, context);
      return { path, line, column, message };
    }),
    fixes: context.fixesOf(finding).map(({ title, safety, edits }) => ({
      title,
      safety,
      edits: edits.flatMap(({ uri, edits: fileEdits, creates }) =>
        fileEdits.map(({ span, newText }) => ({ ...toJsonRange({ uri, span }, context), newText, ...(creates && { creates }) })),
      ),
    })),
  };
}

function toJsonRange({ uri, span }: Location, { lines, pathOf }: JsonContext): JsonRange {
  const { start, end } = lines.range(uri, span);
  return { path: pathOf(uri), line: start.line + 1, column: start.character + 1, endLine: end.line + 1, endColumn: end.character + 1 };
}
