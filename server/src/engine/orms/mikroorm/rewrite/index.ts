import type { QueryRewriter } from "../../../rule";
import { addDecoratedIndex, removeDecoratedIndex, type IndexDecorator } from "../../script/decorated-indexes";
import { emptyRewriter } from "../../script/rewriter";
import { fetchInBulk, openTransactionOnce } from "./loops";
import { limit, loadWith, orderByKey } from "./options";

const INDEX: IndexDecorator = { module: "@mikro-orm/core", arguments: (columns) => `{ properties: [${columns.join(", ")}] }` };

/** How code that uses MikroORM is changed. */
export function createMikroormRewriter(): QueryRewriter {
  return {
    ...emptyRewriter(),
    loadWith,
    fetchInBulk,
    openTransactionOnce,
    limit,
    orderByKey,
    addIndex: (entity, wanted, title, project) => addDecoratedIndex(INDEX, entity, wanted, title, project),
    removeIndex: removeDecoratedIndex,
  };
}
