/** Stands for a part of an address that cannot be read. */
export const UNREAD = "…";

/**
 * A regular expression of an address as people would write it: `^orders/(?P<pk>\d+)/$` is `orders/<pk>/`, like the admin's documentation shows them
 * (`django.contrib.admindocs.views.simplify_regex`). An optional slash at the end is written, an optional group without a name is not.
 */
export function textOfRegex(regex: string): string {
  let text = "";
  for (let at = 0; at < regex.length; at++) {
    const letter = regex[at];
    switch (letter) {
      case "\\": {
        const next = regex[++at] ?? "";
        if (/[dDwWsS]/.test(next)) text += UNREAD;
        else if (!/[bBAZ]/.test(next)) text += next;
        break;
      }
      case "^":
      case "$":
      case "?":
      case "*":
      case "+":
        break;
      case "{":
        at = Math.max(at, regex.indexOf("}", at));
        break;
      case "[": {
        at = endOfSet(regex, at);
        text += UNREAD;
        break;
      }
      case ".":
        // A dot alone is mostly meant as one.
        text += /[*+{]/.test(regex[at + 1] ?? "") ? UNREAD : ".";
        break;
      case "(": {
        const end = endOfGroup(regex, at);
        const inner = regex.slice(at + 1, end);
        const named = /^\?P<(\w+)>/.exec(inner);
        if (named) text += `<${named[1]}>`;
        else if (regex[end + 1] === "?" || regex[end + 1] === "*") text += "";
        else if (inner.startsWith("?:") && !inner.includes("|")) text += textOfRegex(inner.slice(2));
        else if (!/^\?[=!<i]/.test(inner)) text += "<var>";
        at = end;
        break;
      }
      default:
        text += letter;
    }
  }
  return text.replace(/…{2,}/g, UNREAD);
}

function endOfSet(regex: string, start: number): number {
  let at = start + 1;
  if (regex[at] === "^") at++;
  if (regex[at] === "]") at++;
  for (; at < regex.length && regex[at] !== "]"; at++) if (regex[at] === "\\") at++;
  return at;
}

function endOfGroup(regex: string, start: number): number {
  let depth = 0;
  for (let at = start; at < regex.length; at++) {
    if (regex[at] === "\\") at++;
    else if (regex[at] === "[") at = endOfSet(regex, at);
    else if (regex[at] === "(") depth++;
    else if (regex[at] === ")" && --depth === 0) return at;
  }
  return regex.length;
}

/** A whole address of its parts, with one slash at the start and none doubled. */
export function joinedPath(...parts: readonly string[]): string {
  return `/${parts.join("")}`.replace(/\/{2,}/g, "/").replace(/…{2,}/g, UNREAD);
}
