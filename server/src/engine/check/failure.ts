/** A rule threw: ours to mend. The rule loses its findings in that file, nothing else is lost. */
export class RuleFailure extends Error {
  override readonly name = "RuleFailure";

  constructor(
    readonly ruleId: string,
    readonly uri: string,
    cause: unknown,
  ) {
    super(`the rule ${ruleId} failed in ${uri}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
