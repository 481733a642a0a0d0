import * as vscode from "vscode";
import type { Place } from "../../server/src/protocol";

/** What the server sends along with a lens, a hint or an action: places that belong together. */
interface Places {
  readonly title: string;
  readonly uri: string;
  readonly position: { readonly line: number; readonly character: number };
  readonly places: readonly (Place & { readonly message: string })[];
}

/** Opens a peek of places, at the one that they explain. */
export async function showPlaces(given: unknown): Promise<void> {
  const { uri, position, places } = given as Places;
  const at = vscode.Uri.parse(uri);
  const locations = places.map((place) => locationOf(place));
  await vscode.window.showTextDocument(at, { selection: new vscode.Range(position.line, position.character, position.line, position.character) });
  await vscode.commands.executeCommand("editor.action.peekLocations", at, new vscode.Position(position.line, position.character), locations, "peek");
}

export function locationOf({ uri, range }: Place): vscode.Location {
  return new vscode.Location(vscode.Uri.parse(uri), rangeOf(range));
}

export function rangeOf({ start, end }: Place["range"]): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

export async function openPlace({ uri, range }: Place): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.parse(uri), { selection: rangeOf(range) });
}

/** The last name of a URI's path. */
export function baseNameOf(uri: string): string {
  const { path } = vscode.Uri.parse(uri);
  return path.slice(path.lastIndexOf("/") + 1);
}
