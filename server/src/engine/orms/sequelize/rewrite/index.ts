import type { QueryRewriter } from "../../../rule";
import { emptyRewriter } from "../../script/rewriter";

/** How code of Sequelize is changed. */
export function createSequelizeRewriter(): QueryRewriter {
  return { ...emptyRewriter() };
}
