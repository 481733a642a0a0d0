import type { Lowering } from "./context";

/**
 * Whether `part` was read from a later line than `token` although Python ends the statement there. The grammar lets newlines
 * through where nothing can end yet: while a person types, `o.⏎ x = 1` is read as `o.x = 1`.
 */
export function isIncompleteAfter(c: Lowering, token: number, part: number): boolean {
  const from = c.end[token];
  const to = c.start[part];
  for (let at = from; at < to; at++) {
    const code = c.text.charCodeAt(at);
    if (code === 35 /* # */) return !isBracketed(c, token);
    if (code === 10 || code === 13) {
      if (at > from && c.text.charCodeAt(at - 1) === 92 /* \ */) {
        if (code === 13 && c.text.charCodeAt(at + 1) === 10) at++;
        continue;
      }
      return !isBracketed(c, token);
    }
  }
  return false;
}

/** Whether a bracket opened before `token` around it. Newlines in there end nothing. */
function isBracketed(c: Lowering, token: number): boolean {
  let ancestor = 0;
  for (;;) {
    let inside = -1;
    for (let child = ancestor + 1; child < c.next[ancestor]; child = c.next[child]) {
      if (child === token) return false;
      if (c.next[child] > token) {
        inside = child;
        break;
      }
      if (c.named[child] === 0 && isOpenBracket(c.text.charCodeAt(c.start[child])) && c.end[child] === c.start[child] + 1) return true;
    }
    if (inside < 0) return false;
    ancestor = inside;
  }
}

function isOpenBracket(code: number): boolean {
  return code === 40 || code === 91 || code === 123;
}
