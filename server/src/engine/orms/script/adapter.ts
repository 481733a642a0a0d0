import type { FlowAdapter } from "../../flow/adapter";
import { sequenceOf, unknown } from "../../flow/values";

/** An adapter that knows nothing: what an ORM of TypeScript starts from. */
export function emptyAdapter(orm: string): FlowAdapter {
  const nothing = (): undefined => undefined;
  return {
    orm,
    isScript: true,
    entityAttribute: nothing,
    rowAttribute: nothing,
    objectAttribute: nothing,
    instanceAttribute: nothing,
    callMethod: nothing,
    callInstance: nothing,
    construct: (_entity, call) => unknown(call.varies),
    callExternal: nothing,
    evaluate: (value) => sequenceOf("list", unknown(value.varies)),
    iterate: nothing,
    subscript: nothing,
    combine: nothing,
    selfOf: nothing,
    classSelfOf: nothing,
    parameter: nothing,
    annotation: nothing,
    assignAttribute: () => undefined,
    driven: () => [],
    listViews: () => [],
    indexesBuilt: () => [],
    isTransactional: () => false,
    declared: () => [],
    pageSizes: () => [],
  };
}
