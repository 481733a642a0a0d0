// Steps with titles, run one after the other and counted as tests are.

/** Runs `steps` ([title, run] each) under a heading. Gives { passes, failures }; with `stops`, the first failure is the last step, because what follows rests on it. */
export async function runSteps(heading, steps, { stops = false, failed = async () => {} } = {}) {
  const stats = { passes: 0, failures: 0 };
  if (heading) console.log(`  ${heading}`);
  for (const [title, run] of steps) {
    try {
      await run();
      stats.passes++;
      console.log(`    ✔ ${title}`);
    } catch (error) {
      stats.failures++;
      console.log(`    ✘ ${title}\n${error.stack}`);
      await failed(title);
      if (stops) break;
    }
  }
  return stats;
}

/** The sum of several { passes, failures }. */
export function sumOf(all) {
  const count = (key) => all.reduce((sum, each) => sum + each[key], 0);
  return { passes: count("passes"), failures: count("failures") };
}
