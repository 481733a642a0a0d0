/** Runs the functions of a small application, one at a time, for whoever started it: first argument the folder of the application. */
import { join } from "node:path";

const folder = process.argv[2];

interface Wish {
  readonly name: string;
  readonly values: readonly unknown[];
}

process.on("message", ({ name, values }: Wish) => {
  void (async () => {
    try {
      if (name === "close") {
        await load("db").close();
        process.send!({ answer: "closed" }, () => process.exit(0));
        return;
      }
      const answer = await load(name === "setup" ? "setup" : name === "start" ? "server" : name === "migrate" ? "migrate" : "app")[name](...values);
      process.send!({ answer: answer === undefined ? null : JSON.parse(JSON.stringify(answer)) });
    } catch (error) {
      process.send!({ error: String(error) });
    }
  })();
});

function load(module: string): Record<string, (...values: readonly unknown[]) => unknown> {
  return require(join(folder, "src", module)) as Record<string, (...values: readonly unknown[]) => unknown>;
}
