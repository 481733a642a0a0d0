export * from "./query";
export * from "./events";
export type { Arm, CostEntry, CostGap, CostRecord, StatementCount } from "./costs";
export type { Dropped } from "./dropped";
