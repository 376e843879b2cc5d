import { expect, it } from 'vitest';
import { datedProject } from '../../test/cli/dated.ts';
import { runOnce } from '../../test/cli/world.ts';
import { memoryWarehouse } from '../../test/contracts/warehouse-memory.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import type { Warehouse } from '../warehouse/contract.ts';

it.each([
  [20_000_000, ['the warehouse main bills 40.0 MB that it read']],
  [0, []],
  [undefined, []],
])('a run says what its warehouse bills: %d bytes a package', async (bytesBilled, notices) => {
  const here = await datedProject({ log: {} });
  const memory = memoryWarehouse();
  const warehouse: Warehouse = {
    ...memory,
    apply: async (load) => ({ ...(await memory.apply(load)), ...(bytesBilled === undefined ? {} : { bytesBilled }) }),
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
  expect(result.notices.filter((notice) => notice.includes('bills'))).toEqual(notices);
});
