/**
 * Lives through the months and prints what became of every slot: `node test/lateness/main.ts [SEED]`. Ends with 1 when
 * a promise was broken.
 */
import type { Catchup } from '../../orchestrator/config/job.ts';
import { Month } from './month.ts';
import { monthTable } from './table.ts';
import { SEED, worlds } from './worlds.ts';

const POLICIES: readonly Catchup[] = ['latest', 'all', 'none'];

const seed = Number(process.argv[2] ?? SEED);
if (!Number.isSafeInteger(seed)) throw new Error(`${process.argv[2]} is not a seed: expected a whole number`);

for (const world of Object.values(worlds)) {
  const months: Month[] = [];
  for (const catchup of POLICIES) months.push(await new Month({ ...world, catchup, seed }).run());
  const violations = months.flatMap(({ judge }) => judge.violations);
  console.log(`\n30 days from ${world.start} in ${world.timezone}, seed ${seed}\n\n${monthTable(months)}\n`);
  for (const { options, counts, fates, ticks } of months) {
    const { plans, overlapping, refused, byHand, probes } = counts;
    const { badly, away, killed, frozen } = fates.counts;
    console.log(
      `${options.catchup}: ${ticks.length} ticks delivered of 720, ${plans} plans (${overlapping} overlapping), ` +
        `${refused} legs refused, ${badly + away} runs failed, ${away} of them for what passes, ${killed} killed, ${frozen} frozen, ` +
        `${byHand} by hand, ${probes} probes`,
    );
  }
  for (const { breach, what } of violations) console.log(`BROKEN (${breach}): ${what}`);
  console.log(
    violations.length === 0
      ? 'Every slot was settled exactly once, with the right word, and all of the time was read once.'
      : '',
  );
  if (violations.length > 0) process.exitCode = 1;
}
