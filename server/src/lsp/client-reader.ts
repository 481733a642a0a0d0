import type { Connection } from "vscode-languageserver";
import type { ClientReader } from "../host/client-files";
import { READ_FILE_REQUEST, READ_FOLDER_REQUEST } from "../protocol";

/** Reads through the client at the other end. A client that does not know the requests has nothing. */
export function clientReader(connection: Connection): ClientReader {
  const ask = async <Result>(method: string, uri: string): Promise<Result | undefined> => {
    try {
      return (await connection.sendRequest<Result | null>(method, { uri })) ?? undefined;
    } catch (error) {
      connection.console.info(`${uri} could not be read: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  return {
    folder: (uri) => ask<readonly (readonly [string, boolean])[]>(READ_FOLDER_REQUEST, uri),
    async file(uri) {
      const base64 = await ask<string>(READ_FILE_REQUEST, uri);
      return base64 === undefined ? undefined : Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    },
  };
}
