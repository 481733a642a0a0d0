import type { FixProposal, QueryRewriter } from "../../rule";
import type { TextEdit } from "../../source";
import { styleOf, type SourceStyle } from "./source-style";
import { switchOff } from "./switches";

/** Refuses every wish but those that no ORM has words of its own for. What an ORM of TypeScript starts from. */
export function emptyRewriter(): QueryRewriter {
  const nothing = (): undefined => undefined;
  return {
    loadWith: nothing,
    loadSeparately: nothing,
    dropLoad: nothing,
    readKeyColumn: nothing,
    prefetchFiltered: nothing,
    deferColumns: nothing,
    addColumns: nothing,
    addBackReference: nothing,
    hoist: nothing,
    fetchInBulk: nothing,
    insertTogether: nothing,
    updateTogether: nothing,
    deleteTogether: nothing,
    openTransactionOnce: nothing,
    awaitInstead: nothing,
    limit: nothing,
    limitLoad: nothing,
    paginate: nothing,
    pageByKey: nothing,
    stream: nothing,
    limitPageSize: nothing,
    paginateView: nothing,
    cachePage: nothing,
    orderByKey: nothing,
    countInDatabase: nothing,
    existsInDatabase: nothing,
    containsInDatabase: nothing,
    existsInsteadOfCount: nothing,
    aggregateInDatabase: nothing,
    filterInDatabase: nothing,
    countDistinct: nothing,
    removeQuery: nothing,
    passQuery: nothing,
    incrementInDatabase: nothing,
    switchOff,
    addIndex: nothing,
    addIndexConcurrently: nothing,
    buildConcurrently: nothing,
    removeIndex: nothing,
    replaceIndex: nothing,
    lookUpChoices: nothing,
    changeLookup: nothing,
    changeSettings: noChange,
    changeValue: noChange,
    setServerOption: nothing,
    logSlowQueries: nothing,
  };
}

/** Settings are Django's own. */
function noChange(): FixProposal {
  throw new Error("settings are changed by the adapter of the framework that has them");
}

/** What builds a fix in one file: its edits for the text that the file has now, in the style of that text. */
export function inFile(uri: string, edits: (text: string, style: SourceStyle) => readonly TextEdit[] | undefined): FixProposal["build"] {
  return (textOf) => {
    const text = textOf(uri);
    const made = text === undefined ? undefined : edits(text, styleOf(text, uri));
    return made && [{ uri, edits: made }];
  };
}
