import * as path from "node:path";
import Mocha from "mocha";

/** The suite for a workspace of two folders. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", color: false, timeout: 60_000 });
  mocha.addFile(path.resolve(__dirname, "multi-root.e2e.js"));
  await new Promise<void>((resolve, reject) => {
    const runner = mocha.run((failures) => {
      console.log(`E2E-RESULT ${JSON.stringify(runner.stats)}`);
      if (failures > 0) reject(new Error(`${failures} tests failed`));
      else resolve();
    });
  });
}
