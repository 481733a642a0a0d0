export * from "./query";
export * from "./events";
export type { Dropped } from "./dropped";
