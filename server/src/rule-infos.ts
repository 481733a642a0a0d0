import { UNUSED_SUPPRESSION } from "#engine";
import { rules, ruleTopics } from "../../rules";
import type { RuleInfo } from "./config/settings";

/** What every entry point knows of the rules. */
export const ruleInfos: readonly RuleInfo[] = [
  ...rules.map(({ id, summary, impact, enabledByDefault }) => ({ id, topic: ruleTopics[id], summary, impact, enabledByDefault: enabledByDefault ?? true })),
  { id: UNUSED_SUPPRESSION, topic: "suppressions", summary: "A suppression comment that suppresses nothing", impact: "low", enabledByDefault: true },
];
