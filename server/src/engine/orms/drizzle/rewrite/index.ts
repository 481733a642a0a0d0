import type { QueryRewriter } from "../../../rule";
import { emptyRewriter } from "../../script/rewriter";

/** How code that uses Drizzle is changed. */
export function createDrizzleRewriter(): QueryRewriter {
  return emptyRewriter();
}
