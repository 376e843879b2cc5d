/** Packages that wait, of which one cannot be read: it keeps no other from being loaded. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { expect, it } from 'vitest';
import { run, tableOf, withPlace } from '../../test/oracles/changes.ts';
import { readState } from '../state/store.ts';
import { targetIn } from '../state/targets.ts';

it('a package that waits, and whose manifest is damaged, is left out, and what came later is loaded', () =>
  withPlace(async (place) => {
    const some = (id: string) => ({ everything: false, records: [{ id, value: 1 }] });
    const stateOf = async () => (await readState(place.bucket, 'things')).state;
    await run(place, some('a'));
    const away = async () => {
      throw new TidemillError('transient', 'warehouse-lost', 'the warehouse is away');
    };
    const lost = await run(place, some('b'), { warehouse: { ...place.warehouse, apply: away } });
    expect(lost.failure?.code).toBe('warehouse-lost');
    const { head = '' } = await stateOf();
    await writeFile(join(place.folder, 'bucket', head), 'x');
    const next = await run(place, some('c'));
    expect([next.failure, [...(await tableOf(place)).keys()]]).toEqual([undefined, ['a', 'c']]);
    expect(targetIn(await stateOf(), 'main').pending).toEqual([]);
    // A source without a cursor has said it all again.
    expect(next.notices).toContain(`missed no more, for everything was read anew: ${head}`);
  }));
