import type { QueryRewriter } from "../../../rule";
import { emptyRewriter } from "../../script/rewriter";
import { addIndex } from "./indexes";
import { deleteTogether, fetchInBulk, insertTogether, updateTogether } from "./loops";
import { existsInsteadOfCount, limit, orderByKey } from "./rows";

/** How code that uses Knex is changed. */
export function createKnexRewriter(): QueryRewriter {
  return { ...emptyRewriter(), fetchInBulk, insertTogether, updateTogether, deleteTogether, limit, orderByKey, existsInsteadOfCount, addIndex };
}
