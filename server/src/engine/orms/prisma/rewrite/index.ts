import type { QueryRewriter } from "../../../rule";
import { emptyRewriter } from "../../script/rewriter";

/** How code that uses Prisma, and its schemas, are changed. */
export function createPrismaRewriter(): QueryRewriter {
  return { ...emptyRewriter() };
}
