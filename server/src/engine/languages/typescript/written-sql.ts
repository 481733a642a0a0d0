const MAKES_INDEX = /\b(?:create\s+(?:unique\s+)?(?:(?:non)?clustered\s+)?index|create\s+table)\s(?:(?!\bcreate\s)[^;])*/gi;
/** `down: async ({ db }) => …`, `async down(queryInterface) { … }`: what takes back what a migration did, up to the function that does it. */
const GOES_DOWN = /^[^\n]*\bdown\s*(?:[:=(]|=>)[\s\S]*?(?=^[^\n]*\bup\s*(?:[:=(]|=>)|(?![\s\S]))/gm;
/** Longer statements are cut: what is behind is mostly other code. */
const LONGEST_SQL = 4000;

/** Statements that make tables and indexes, wherever they stand in the text: `` db.run(sql`CREATE INDEX …`) ``. */
export function sqlIn(text: string): readonly string[] {
  if (!/\bcreate\s+(?:(?:unique|clustered|nonclustered)\s+)*(?:index|table)\s/i.test(text)) return [];
  return [...text.replace(GOES_DOWN, "").matchAll(MAKES_INDEX)].map(([statement]) => statement.slice(0, LONGEST_SQL).replace(/\\(["'`])/g, "$1"));
}
