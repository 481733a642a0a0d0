import type { CodeLens, CodeLensParams } from "vscode-languageserver";
import { isTemplatePath, type EndpointCost } from "#engine";
import { canonicalUri } from "../host/uri";
import { lensTitle } from "../present/cost-headline";
import { placesBehind, placesOf } from "../present/evidence";
import { SHOW_PLACES_COMMAND } from "../protocol";
import type { ClientFeatures } from "./client-features";
import type { Project } from "./project";

/** So many views that render a template are named above it. */
const MOST_FOR_TEMPLATE = 3;

/** What is asked of the database, above everything in a file that answers requests or is run by itself, and above a template for what renders it. */
export function codeLenses({ textDocument }: CodeLensParams, project: Project, features: ClientFeatures): CodeLens[] {
  const uri = canonicalUri(textDocument.uri);
  const own = project.costsIn(uri).map((endpoint) => lensAt(project.lines.range(uri, endpoint.at.span), endpoint, project, features));
  if (own.length > 0 || !isTemplatePath(uri)) return own;
  const start = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  return project.costsThrough(uri).slice(0, MOST_FOR_TEMPLATE).map((endpoint) => lensAt(start, endpoint, project, features));
}

function lensAt(range: CodeLens["range"], endpoint: EndpointCost, project: Project, { ownCommands }: ClientFeatures): CodeLens {
  const title = lensTitle(endpoint);
  const places = placesBehind(endpoint);
  // A title without a command is shown as it is.
  return { range, command: { title, command: ownCommands && places.length > 0 ? SHOW_PLACES_COMMAND : "", ...(ownCommands && { arguments: [placesOf(endpoint.at, title, places, project)] }) } };
}
