// Finds what keeps people out who do not see the screen or use no mouse, with axe-core out of the npm registry; kept beside VS Code, outside of the extension's dependencies.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npmInstall } from "../../scripts/registry.mjs";

const AXE = "4.14.1";

/** The script that pages are checked with; installed into `home` once. */
export function axeScript(home) {
  const folder = join(home, `axe-${AXE}`);
  const script = join(folder, "node_modules/axe-core/axe.min.js");
  if (!existsSync(script)) {
    console.log(`installing axe-core ${AXE} into ${folder} …`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"private":true}\n');
    npmInstall(folder, "--save-exact", `axe-core@${AXE}`);
  }
  return readFileSync(script, "utf8");
}

/** What axe-core finds in a frame, or cannot decide, one line each. `within`: only in what is ours there, where VS Code has made the page around it, lays out what is in it, and colours the code. */
export async function violationsIn(frame, script, within) {
  await frame.evaluate(script);
  const found = await frame.evaluate(async (selector) => {
    const context = selector ? { include: [selector], exclude: ["pre span"] } : globalThis.document;
    // How large what is pressed has to be is a rule that axe-core leaves out unless asked.
    const rules = { "target-size": { enabled: !selector }, region: { enabled: !selector } };
    const { violations, incomplete } = await globalThis.axe.run(context, { resultTypes: ["violations", "incomplete"], rules });
    return [...violations, ...incomplete].map(({ id, help, nodes }) => ({ id, help, at: nodes.map(({ target, any }) => [target.join(" "), ...any.map(({ message }) => message)].join(": ")) }));
  }, within);
  return found.map(({ id, help, at }) => `${id}: ${help} (${at.slice(0, 3).join(", ")})`);
}
