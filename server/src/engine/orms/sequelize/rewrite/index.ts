import type { QueryRewriter } from "../../../rule";
import { emptyRewriter } from "../../script/rewriter";
import { removeQuery } from "../../script/sent-once";
import { addIndex } from "./indexes";
import { loadSeparately, loadWith } from "./loading";
import { deleteTogether, fetchInBulk, hoist, insertTogether, updateTogether } from "./loops";
import { aggregateInDatabase, countInDatabase, existsInsteadOfCount, filterInDatabase, limit, limitPageSize, orderByKey } from "./options";

/** How code of Sequelize is changed. */
export function createSequelizeRewriter(): QueryRewriter {
  return {
    ...emptyRewriter(),
    loadWith, loadSeparately, existsInsteadOfCount, aggregateInDatabase, countInDatabase, filterInDatabase, fetchInBulk, hoist, insertTogether, updateTogether, deleteTogether, limit, orderByKey, limitPageSize, addIndex, removeQuery,
  };
}
