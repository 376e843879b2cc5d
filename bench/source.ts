/** A command's output: as many sample records as asked for, one a line. */
import { once } from 'node:events';
import { sampleRecord } from './records.ts';

const count = Number(process.argv[2]);
for (let id = 0; id < count; id += 1000) {
  const lines = Array.from({ length: Math.min(1000, count - id) }, (_, index) =>
    JSON.stringify(sampleRecord(id + index)),
  );
  if (!process.stdout.write(`${lines.join('\n')}\n`)) await once(process.stdout, 'drain');
}
