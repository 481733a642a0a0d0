/** A fenced block of a Markdown page. */
export interface Fence {
  readonly language: string;
  /** What follows the language: words, and texts in quotes. */
  readonly words: readonly string[];
  readonly text: string;
  /** One-based line of the page that the first line of `text` is on. */
  readonly line: number;
  /** The `###` heading that it stands under, inside its section. */
  readonly under?: string;
}

export interface Section {
  /** Empty before the first heading of the level asked for. */
  readonly heading: string;
  readonly line: number;
  readonly fences: readonly Fence[];
  /** What stands outside of fences. */
  readonly prose: string;
}

/** Cuts a page at its `##` headings. */
export function sectionsOf(page: string): readonly Section[] {
  const sections: { heading: string; line: number; fences: Fence[]; prose: string }[] = [{ heading: "", line: 1, fences: [], prose: "" }];
  const lines = page.split(/\r?\n/);
  let under: string | undefined;
  for (let i = 0; i < lines.length; i++) {
    const section = sections[sections.length - 1];
    const open = /^(`{3,})\s*(\S*)\s*(.*)$/.exec(lines[i]);
    if (open) {
      const close = lines.findIndex((line, at) => at > i && line.startsWith(open[1]) && line.trim() === open[1]);
      if (close < 0) throw new Error(`line ${i + 1}: the fence is never closed`);
      const text = lines.slice(i + 1, close).map((line) => `${line}\n`).join("");
      section.fences.push({ language: open[2], words: wordsOf(open[3]), text, line: i + 2, ...(under !== undefined && { under }) });
      i = close;
    } else if (/^## /.test(lines[i])) {
      under = undefined;
      sections.push({ heading: lines[i].slice(3).trim(), line: i + 1, fences: [], prose: "" });
    } else {
      under = /^### (.*)$/.exec(lines[i])?.[1].trim() ?? under;
      section.prose += `${lines[i]}\n`;
    }
  }
  return sections;
}

function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((match) => (match[1] !== undefined ? match[1].replace(/\\(.)/g, "$1") : match[2]));
}
