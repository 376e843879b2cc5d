/** The command that is killed with its leg: prints what comes behind its cursor, and behind each page how far it is. */
import { readFileSync } from 'node:fs';
import type { Day } from './dataset.ts';
import { pagesFrom } from './dataset.ts';
import { slots } from './source.ts';

const { TIDEMILL_CURSOR_FILE: file = '', TIDEMILL_INTERVAL_END: end, TIDEMILL_CHECKPOINT: checkpoint } = process.env;
const day: Day = end === slots[1] ? 1 : 2;
const first = Number(readFileSync(file, 'utf8') || 0);
for (const [index, records] of pagesFrom('lines', first, day).entries()) {
  const lines = records.map((record) => JSON.stringify(record));
  process.stdout.write(`${[...lines, `${checkpoint} cursor ${first + index + 1}`].join('\n')}\n`);
}
