import type { QueryRewriter } from "../../../rule";
/** Placeholder until the rewriter is in place: offers nothing. */
export function createDjangoRewriter(): QueryRewriter {
  return new Proxy({} as QueryRewriter, { get: () => () => undefined });
}
