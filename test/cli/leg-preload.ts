/** Loaded into the processes of `legs.ts` before Tidemill: a barrier to start together, and a connector of the test's. */
import { existsSync, writeFileSync } from 'node:fs';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

/** What stands for the slow connector: a package that is installed, for its version is looked up, and that nobody imports. */
const SLOW = 'tidemill';
const url = new URL('slow-connector.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) => (specifier === SLOW ? { url, shortCircuit: true } : next(specifier, context)),
});

// The wait for a DuckDB file that is never let go is half a minute.
if (process.env['TIDEMILL_TEST_HURRY'] !== undefined) {
  const { setTimeout } = timers;
  const inHurry: typeof setTimeout = (milliseconds = 0, ...rest) =>
    setTimeout(milliseconds > 3_000 ? milliseconds : 0, ...rest);
  Object.assign(timers, { setTimeout: inHurry });
  syncBuiltinESMExports();
}

const barrier = process.env['TIDEMILL_TEST_BARRIER'];
if (barrier !== undefined) {
  // What there is to load is loaded before, so that all go off at once.
  await import('../../orchestrator/cli/main.ts');
  await import('../../orchestrator/cli/run-all.ts');
  writeFileSync(`${barrier}.${process.pid}`, '');
  while (!existsSync(barrier)) await timers.setTimeout(1);
}
