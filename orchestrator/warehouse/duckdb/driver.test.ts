import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { warehouseContract } from '../../../test/contracts/warehouse.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import { openDuckDb } from './driver.ts';

const freshFile = async (): Promise<string> =>
  join(await mkdtemp(join(tmpdir(), 'tidemill-duckdb-')), 'new', 'warehouse.duckdb');

warehouseContract('DuckDB', async () => openDuckDb({ file: await freshFile(), clock: fakeClock() }));
