/**
 * Rows that lie in warehouses must stay what they are: whenever a value is read or written another way, all of them would be
 * `updated`. The fixture has checksums as they were made before numbers were read from their text, of values that were exact
 * then.
 */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { jobOf } from '../../../test/fixtures/job.ts';
import { jobColumnsOf } from '../../config/columns.ts';
import { openLocalBucket } from '../../storage/local/driver.ts';
import { openDuckDb } from '../../warehouse/duckdb/driver.ts';
import { commandStream } from '../extract/command-stream.ts';
import { loadPackages } from './load.ts';
import type { SourceRecord } from './record.ts';

interface Stored {
  readonly columns: Readonly<Record<string, 'numeric'>>;
  /** By the line of bronze: the checksum of its row. */
  readonly checksums: Readonly<Record<string, string>>;
}

const fixture = new URL('../../../test/fixtures/checksums.json', import.meta.url);
const stored = JSON.parse(await readFile(fixture, 'utf8')) as Stored;

async function checksumsOf(lines: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-checksums-'));
  const clock = fakeClock();
  const warehouse = await openDuckDb({ file: join(folder, 'warehouse.duckdb'), clock });
  const job = jobOf({
    id: 'odd',
    service: 'odd',
    data_type: 'values',
    write: 'append',
    columns: jobColumnsOf(stored.columns),
  });
  async function* records(): AsyncIterable<readonly SourceRecord[]> {
    yield lines.map((text, index) => ({ text, object: 'bronze/part', line: index + 1, url: 'https://example.org/' }));
  }
  try {
    const [report] = await loadPackages({
      bucket: openLocalBucket(folder),
      warehouse,
      service: 'odd',
      stream: commandStream(job, { job, command: '', slot: '', environment: '', env: {} }),
      job: 'odd',
      target: 'main',
      packages: [{ id: 'package', name: 'package', records: lines.length, read: records }],
      scope: 'changes',
      deletes: { maxRatio: 0.5, maxRows: 20, isAccepted: false },
      now: clock.now(),
      onRows: () => undefined,
      confirm: async () => undefined,
    });
    expect(report?.rejected).toBe(0);
    const { rows } = await warehouse.query('SELECT checksum_sha256 FROM odd.values ORDER BY bronze_line');
    return rows.map(([checksum]) => String(checksum));
  } finally {
    await warehouse.close();
  }
}

it('rows that lie in warehouses keep their checksums', async () => {
  const expected = Object.values(stored.checksums);
  expect(new Set(expected).size).toBeGreaterThan(40);
  expect(await checksumsOf(Object.keys(stored.checksums))).toEqual(expected);
});
