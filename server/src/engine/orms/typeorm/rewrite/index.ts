import type { QueryRewriter } from "../../../rule";
import { emptyRewriter } from "../../script/rewriter";

/** How code that uses TypeORM is changed. */
export function createTypeormRewriter(): QueryRewriter {
  return { ...emptyRewriter() };
}
