import { ShowMessageNotification, type Connection, type MessageType } from "vscode-languageserver";

/** Tells a person something that is not to be answered: asked with buttons or none, some editors wait for a key. */
export function say(connection: Connection, type: MessageType, message: string): void {
  void connection.sendNotification(ShowMessageNotification.type, { type, message });
}
