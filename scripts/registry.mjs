// What is installed from a registry while tests or `npm start` run: a registry may hiccup, and what it did not give once it gives a moment later.
import { execFileSync } from "node:child_process";

/** Seconds to wait before each further try. */
const PAUSES = [5, 20, 60];

/** Installs packages of npm into `folder`, without install scripts: nothing is compiled, and nothing of theirs is run. Throws when the last try failed, with what npm said on the terminal. */
export function npmInstall(folder, ...args) {
  const npm = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", ...args];
  persistently("npm", () => execFileSync("npm", npm, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] }));
}

/** What `run` gives, tried again a few times after a pause where it throws; throws what the last try threw. `pauses` in seconds. */
export function persistently(what, run, pauses = PAUSES) {
  for (const pause of pauses) {
    try {
      return run();
    } catch (error) {
      console.log(`${what} failed (${error.message.split("\n")[0]}); again in ${pause} s …`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause * 1000);
    }
  }
  return run();
}
