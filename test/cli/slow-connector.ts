/** A connector whose rows take their time: the first process to make one waits for a file `go`. */
import { existsSync, writeFileSync } from 'node:fs';
import { bigint, connector, stream } from '@tidemill/kit';
import { z } from 'zod';

const Thing = z.object({ id: z.int() });
const ThingRow = z.object({ id: bigint().describe('Identifier.') });

/** In the middle of a merge: rows are staged, nothing is committed. Nothing else happens in this process meanwhile. */
function pauseOnce(): void {
  if (existsSync('loading')) return;
  writeFileSync('loading', '');
  while (!existsSync('go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
}

const things = stream({
  name: 'things',
  description: 'Things.',
  source: Thing,
  row: ThingRow,
  key: [],
  write: 'append',
  method: 'api_json',
  cursor: { version: 1, schema: z.object({ after: z.int() }), start: { after: 0 } },
  async *extract() {
    yield { records: [{ id: 1 }, { id: 2 }], url: 'https://slow.example/things' };
  },
  toRow: ({ id }) => {
    pauseOnce();
    return { id };
  },
});

export default connector({
  service: 'slow',
  title: 'Slow',
  homepage: 'https://slow.example',
  credentials: [],
  streams: [things],
});
