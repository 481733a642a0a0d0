import type { QueryRewriter } from "../../../rule";
import { addDecoratedIndex, removeDecoratedIndex, type IndexDecorator } from "../../script/decorated-indexes";
import { limitNumber } from "../../script/page-size";
import { emptyRewriter } from "../../script/rewriter";
import { fetchInBulk, openTransactionOnce } from "./loops";
import { countInDatabase, filterInDatabase, limit, loadSeparately, loadWith, orderByKey } from "./options";

const INDEX: IndexDecorator = { module: "@mikro-orm/core", arguments: (columns) => `{ properties: [${columns.join(", ")}] }` };

/** How code that uses MikroORM is changed. */
export function createMikroormRewriter(): QueryRewriter {
  return {
    ...emptyRewriter(),
    loadWith,
    loadSeparately,
    countInDatabase,
    filterInDatabase,
    limitPageSize: (event) => limitNumber(event, "Allow 100 rows at the most"),
    fetchInBulk,
    openTransactionOnce,
    limit,
    orderByKey,
    addIndex: (entity, wanted, title, project) => addDecoratedIndex(INDEX, entity, wanted, title, project),
    removeIndex: removeDecoratedIndex,
  };
}
