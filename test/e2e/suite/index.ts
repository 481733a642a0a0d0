import Mocha from "mocha";
import * as path from "node:path";

/** Started by VS Code inside its extension host: the same for the workbench in a browser and for desktop VS Code. SCALE_HINTS_SUITE names the suite. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", color: false, timeout: 60_000 });
  mocha.addFile(path.resolve(__dirname, `${process.env.SCALE_HINTS_SUITE ?? "extension"}.e2e.js`));
  await new Promise<void>((resolve, reject) => {
    const runner = mocha.run((failures) => {
      // The launcher insists on this line: an extension host that dies also "exits 0".
      console.log(`E2E-RESULT ${JSON.stringify(runner.stats)}`);
      if (failures > 0) reject(new Error(`${failures} tests failed`));
      else resolve();
    });
  });
}
