import type { CommentStyle } from "../tree-sitter";

export const COMMENTS: CommentStyle = { line: /^[ \t]*#/, before: /^\s*$/ };
