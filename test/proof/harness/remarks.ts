import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const OUT = process.env.SCALE_HINTS_TEST_OUT ?? join(__dirname, "../../../out");

/** Something that whoever reads the summary of `npm test` has to know: what could not be proven here, and why. */
export function remark(text: string): void {
  mkdirSync(OUT, { recursive: true });
  appendFileSync(join(OUT, "remarks.txt"), `${text}\n`);
}
