import type { CommentStyle } from "../tree-sitter";

/** In JSX a comment stands in braces. */
export const COMMENTS: CommentStyle = { line: /^[ \t]*(?:\/\/|\{?\/\*.*\*\/\}?\s*$)/, before: /^\s*\{?\s*$/, closing: /\s*\*\/$/, after: /^\s*\}?\s*$/ };
