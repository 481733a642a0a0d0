import type { Span } from "../../../source";

/** One word of a command, quotes taken off; the span is that of the word as written. */
export interface Word extends Span {
  readonly text: string;
  /** Holds something that only the shell knows: `$WORKERS`, `` `nproc` ``. */
  readonly open: boolean;
}

/** One simple command: `A=1 gunicorn -w 2 shop.wsgi`. */
export interface SimpleCommand {
  readonly words: readonly Word[];
  /** How its words are written: as a shell has it, as items of a JSON list, or as items of some other list. */
  readonly form: "shell" | "json" | "other";
}

/** Words that end a command. */
const ENDS = new Set(["&&", "||", ";", "|", "&", "then", "do", "else", "fi", "done"]);
/** Words after which a command begins. */
const OPENERS = new Set(["if", "while", "until", "!", "{", "(", "exec", "time"]);

/** Cuts shell text into simple commands. Offsets are moved by `base`. `${X:-3}` is taken for what it says when X is not set. */
export function shellCommands(text: string, base = 0): readonly SimpleCommand[] {
  const commands: Word[][] = [[]];
  for (const word of wordsOf(text, base)) {
    if (word.text === "\n" || ENDS.has(word.text)) {
      if (commands.at(-1)!.length > 0) commands.push([]);
    } else if (commands.at(-1)!.length > 0 || !OPENERS.has(word.text)) {
      commands.at(-1)!.push(word);
    }
  }
  return commands.filter((words) => words.length > 0).flatMap((words) => [{ words, form: "shell" as const }, ...innerCommands(words)]);
}

/** `sh -c '…'`, `bash -lc "…"`: the words of the string. */
export function innerCommands(words: readonly Word[]): readonly SimpleCommand[] {
  const shell = words.findIndex((word) => /(^|\/)(ba|da|z)?sh$/.test(word.text));
  if (shell < 0) return [];
  const flag = words.findIndex((word, i) => i > shell && /^-\w*c$/.test(word.text));
  const script = flag < 0 ? undefined : words[flag + 1];
  if (!script) return [];
  // With escapes in it the offsets would be wrong: then only the words count, and nothing can be added.
  const isPlain = script.end - script.start === script.text.length + 2;
  return shellCommands(script.text, isPlain ? script.start + 1 : script.start).map((each) => (isPlain ? each : { words: each.words.map((word) => ({ ...word, start: script.start, end: script.end })), form: "other" as const }));
}

function wordsOf(text: string, base: number): Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === "\\" && /^\\\r?\n/.test(text.slice(at, at + 3))) at += text[at + 1] === "\r" ? 3 : 2;
    else if (character === "\n") {
      words.push({ text: "\n", open: false, start: base + at, end: base + at + 1 });
      at++;
    } else if (/\s/.test(character)) at++;
    else if (character === "#" && (at === 0 || /\s/.test(text[at - 1]))) while (at < text.length && text[at] !== "\n") at++;
    else {
      const operator = /^(&&|\|\||[;|&(){}](?!\S))/.exec(text.slice(at, at + 2))?.[0] ?? (character === ";" ? ";" : undefined);
      if (operator) {
        words.push({ text: operator, open: false, start: base + at, end: base + at + operator.length });
        at += operator.length;
        continue;
      }
      const word = readWord(text, at);
      words.push({ ...word, start: base + word.start, end: base + word.end });
      at = word.end;
    }
  }
  return words;
}

function readWord(text: string, from: number): Word {
  let at = from;
  let out = "";
  let open = false;
  let quote = "";
  while (at < text.length) {
    const character = text[at];
    if (quote === "" && (/\s/.test(character) || (character === ";" && at > from) || text.startsWith("&&", at))) break;
    if (quote === "" && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = "";
    else if (character === "\\" && quote !== "'") {
      if (/^\\\r?\n/.test(text.slice(at, at + 3))) at += text[at + 1] === "\r" ? 2 : 1;
      else out += text[++at] ?? "";
    } else if (character === "$" && quote !== "'") {
      const fallback = /^\$\{\w+:?-([^}]*)\}/.exec(text.slice(at));
      if (fallback && !fallback[1].includes("$")) out += fallback[1];
      else out += "$";
      open = true;
      const whole = fallback ?? /^\$(\{[^}]*\}|\([^)]*\)|\w+)?/.exec(text.slice(at))!;
      at += whole[0].length - 1;
    } else if (character === "`") {
      open = true;
      const end = text.indexOf("`", at + 1);
      at = end < 0 ? text.length : end;
      out += "$";
    } else out += character;
    at++;
  }
  return { text: out, open, start: from, end: at };
}

/** The items of a JSON list of strings (or of a YAML list in brackets), as words. */
export function listWords(text: string, base: number): readonly Word[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s,[\]"']+)/g)].map((match) => {
    const raw = match[1] ?? match[2] ?? match[3];
    const value = match[1] === undefined ? raw : raw.replace(/\\(.)/g, "$1");
    return { text: value.replace(/\$\{\w+:?-([^}$]*)\}/g, "$1"), open: value.includes("$"), start: base + match.index, end: base + match.index + match[0].length };
  });
}
