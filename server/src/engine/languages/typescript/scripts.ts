import type { GrammarName } from "../../syntax";

/** A text that a grammar can read: of pages with scripts in them everything else is blank, so that offsets stay what they are. */
export interface Script {
  readonly text: string;
  readonly grammar: Extract<GrammarName, "typescript" | "tsx">;
}

/** Names of scripts, and of pages that hold some. */
const SCRIPT_NAME = /\.(?:[mc]?[jt]s|[jt]sx|vue|svelte)$/i;
/** What tools made out of other files. */
const BUILT_NAME = /(?:[.-]min|\.bundle|\.chunk|\.umd|\.iife)\.[mc]?js$/i;
/** JavaScript that is handed to browsers as it is. `public` may also name whom a part of the server is for. */
const ASSET = /(?:^|\/)(?:static|staticfiles|bower_components|jspm_packages)\/.*\.[mc]?jsx?$|^(?:(?!(?:src|app|server|api|lib|controllers|routes|services|modules)\/)[^/]+\/)*public\/.*\.[mc]?jsx?$/i;

/** Whether a file of this name is code in TypeScript or JavaScript that somebody wrote. */
export function isScriptPath(path: string): boolean {
  return SCRIPT_NAME.test(path) && !BUILT_NAME.test(path) && !ASSET.test(path);
}

const SCRIPT = /<script\b((?:"[^"]*"|'[^']*'|[^>"'])*)>([\s\S]*?)<\/script\s*>/gi;
const LANGUAGE = /\blang\s*=\s*["']?([\w-]+)/i;

/** What of a file is code, by its path. */
export function scriptOf(path: string, text: string): Script {
  if (/\.(?:vue|svelte)$/i.test(path)) return scriptsOfPage(text);
  return { text, grammar: /\.[mc]?ts$/i.test(path) ? "typescript" : "tsx" };
}

function scriptsOfPage(text: string): Script {
  let result = "";
  let at = 0;
  let isTyped = false;
  let hasJsx = false;
  for (const match of text.matchAll(SCRIPT)) {
    // A commented-out block is none.
    if (isCommentedOut(text, match.index)) continue;
    const language = LANGUAGE.exec(match[1])?.[1].toLowerCase();
    if (language === "ts" || language === "typescript") isTyped = true;
    else if (language === "tsx" || language === "jsx") hasJsx = true;
    const start = match.index + match[0].indexOf(">", match[1].length + 7) + 1;
    result += blank(text, at, start) + match[2];
    at = start + match[2].length;
  }
  return { text: result + blank(text, at, text.length), grammar: isTyped && !hasJsx ? "typescript" : "tsx" };
}

function isCommentedOut(text: string, at: number): boolean {
  const open = text.lastIndexOf("<!--", at);
  return open >= 0 && text.indexOf("-->", open) > at;
}

function blank(text: string, from: number, to: number): string {
  return text.slice(from, to).replace(/[^\n\r]/g, " ");
}
