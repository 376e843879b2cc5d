/** A process that reads a page and never comes to its end; it says when it is there. */
import { visiting } from './visiting.ts';

const { failure } = await visiting(
  process.argv[2] ?? '',
  {},
  async function* (visit) {
    await visit.open('');
    process.stdout.write('there\n');
    await visit.page.waitForTimeout(600_000);
    yield await visit.snapshot('page');
  },
  { env: { ...process.env, TIDEMILL_BROWSER: process.env['TIDEMILL_TEST_BROWSER'] ?? '' } as Record<string, string> },
);
process.stdout.write(`${failure?.message}\n`);
