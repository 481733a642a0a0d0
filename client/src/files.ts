import * as vscode from "vscode";

/** What a folder holds, for a server that cannot read it: names, true for folders. Null: it is not there. */
export async function readFolder(uri: string): Promise<readonly (readonly [string, boolean])[] | null> {
  try {
    const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.parse(uri));
    // A link to a folder may lead back up.
    return entries.filter(([, type]) => (type & vscode.FileType.SymbolicLink) === 0 || (type & vscode.FileType.File) !== 0).map(([name, type]) => [name, (type & vscode.FileType.Directory) !== 0]);
  } catch {
    return null;
  }
}

/** The bytes of a file as base64; null: it is not there. */
export async function readFile(uri: string): Promise<string | null> {
  try {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.parse(uri));
    let binary = "";
    for (let start = 0; start < bytes.length; start += 0x8000) binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
    return btoa(binary);
  } catch {
    return null;
  }
}
