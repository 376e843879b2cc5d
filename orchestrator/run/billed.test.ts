import { TidemillError } from '@tidemill/kit';
import { expect, it } from 'vitest';
import { datedProject } from '../../test/cli/dated.ts';
import { runOnce } from '../../test/cli/world.ts';
import { memoryWarehouse } from '../../test/contracts/warehouse-memory.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import type { Warehouse } from '../warehouse/contract.ts';

it.each([
  ['its packages are loaded together', 20_000_000, ['the warehouse main bills 20.0 MB that it read']],
  ['they are too much for it at once', 20_000_000, ['the warehouse main bills 40.0 MB that it read']],
  ['it bills nothing for them', 0, []],
  ['it does not bill', undefined, []],
])('a run says what its warehouse bills: %s, %d bytes a load', async (how, bytesBilled, notices) => {
  const here = await datedProject({ log: {} });
  const memory = memoryWarehouse();
  const warehouse: Warehouse = {
    ...memory,
    async apply(load) {
      if (load.packages.length > 1 && how.includes('too much'))
        throw new TidemillError('config', 'warehouse-memory', 'this machine has too little memory');
      return { ...(await memory.apply(load)), ...(bytesBilled === undefined ? {} : { bytesBilled }) };
    },
  };
  const result = await runOnce({
    job: { service: 'dated', id: 'log', data_type: 'log', max_reject_ratio: 1 },
    bucket: openLocalBucket(here.path('.tidemill/local/bucket')),
    warehouse,
    now: '2026-11-20T15:00:00Z',
    cwd: here.folder,
    interval: { start: new Date('2026-11-19T12:00:00Z'), end: new Date('2026-11-20T15:00:00Z') },
  });
  expect(result.failure).toBeUndefined();
  expect(result.totals.packages).toBe(2);
  expect(result.notices.filter((notice) => notice.includes('bills'))).toEqual(notices);
});
