import type { Rule } from "../rule";
import { ruleTable, type RuleTable } from "./dispatch";

/** What options say of rules. */
export interface RuleChoice {
  /** Only these; undefined: all that are on by default. */
  readonly rules?: readonly string[];
  readonly disabledRules: readonly string[];
}

/** Which rules are reported, and which have run: what a rule found that is switched off is kept, so that switching it on again costs nothing. Never changes. */
export class EnabledRules {
  private constructor(
    private readonly all: readonly Rule[],
    private readonly reported: ReadonlySet<string>,
    private readonly run: ReadonlySet<string>,
    readonly table: RuleTable,
  ) {}

  static under(options: RuleChoice, all: readonly Rule[]): EnabledRules {
    const on = rulesUnder(options, all);
    return new EnabledRules(all, on, on, ruleTable(all.filter(({ id }) => on.has(id))));
  }

  /** The same rules under other options. Has another table if one has to run that did not. */
  under(options: RuleChoice): EnabledRules {
    const on = rulesUnder(options, this.all);
    return [...on].some((id) => !this.run.has(id)) ? EnabledRules.under(options, this.all) : new EnabledRules(this.all, on, this.run, this.table);
  }

  has(id: string): boolean {
    return this.reported.has(id);
  }

  some(question: (rule: Rule) => boolean): boolean {
    return this.all.some((rule) => this.reported.has(rule.id) && question(rule));
  }
}

function rulesUnder({ rules, disabledRules }: RuleChoice, all: readonly Rule[]): ReadonlySet<string> {
  const isOn = ({ id, enabledByDefault }: Rule): boolean => (rules ? rules.includes(id) : enabledByDefault !== false) && !disabledRules.includes(id);
  return new Set(all.filter(isOn).map(({ id }) => id));
}
