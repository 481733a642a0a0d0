export * from "./finding";
export * from "./rule";
export * from "./rewriter";
export * from "./vocabulary";
export * from "./administrators";
export * from "./maintenance";
export * from "./restricted";
