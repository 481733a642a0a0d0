// Programs that the tests need and npm does not have.
import { execFileSync } from "node:child_process";
import { persistently } from "../../scripts/registry.mjs";

/** What `find` gives; installs the Debian package first where there is none and the machine is ours, and says how to get it elsewhere. */
export function needProgram(name, aptPackage, find) {
  const there = find();
  if (there) return there;
  if (process.getuid?.() !== 0) throw new Error(`${name} is missing: "sudo apt-get install ${aptPackage}"`);
  console.log(`installing ${name} with apt-get …`);
  const apt = (...args) => execFileSync("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  persistently("apt-get", () => {
    apt("update", "-qq");
    apt("install", "-y", "-qq", "--no-install-recommends", aptPackage);
  });
  const installed = find();
  if (!installed) throw new Error(`apt-get installed ${aptPackage}, but it does not run`);
  return installed;
}
