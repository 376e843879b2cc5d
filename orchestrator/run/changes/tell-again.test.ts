/** Jobs with `changes: true`: what happens between two runs, and must neither hide a change nor tell it twice. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Edition } from '../../../test/fixtures/connectors/edition.ts';
import { all, filesOf, follow, kindsOf, type Place, run, tableOf, withPlace } from '../../../test/oracles/changes.ts';
import { readState, swapState } from '../../state/store.ts';
import { readManifest } from '../bronze/manifest.ts';

it('loses none from the moment on that it was switched on, whichever operation that run dies before', async () => {
  let operations = Number.POSITIVE_INFINITY;
  for (let diesAt = 1; diesAt <= operations; diesAt += 1) {
    await withPlace(async (place) => {
      await run(place, all([{ id: 'a', value: 1 }]), {}, { changes: false });
      const before = await tableOf(place);
      const killed = await run(place, all([{ id: 'a', value: 2 }]), { diesAt });
      if (killed.result === 'done') operations = killed.operations;
      expect((await run(place, all([{ id: 'b', value: 3 }]))).result).toBe('done');
      const rows = (await filesOf(place)).reduce((table, { changes }) => follow(table, changes), before);
      expect([...rows], `dies at ${diesAt}`).toEqual([...(await tableOf(place))]);
    });
  }
});

it('does not tell again what a package deleted that is doubted later, by a warehouse that was away', () =>
  withPlace(async (place) => {
    const rows = ['a', 'b', 'c'].map((id) => ({ id, value: 1 }));
    await run(place, all(rows));
    const before = await tableOf(place);
    await run(place, all(rows.slice(0, 1)));
    const stored = await readState(place.bucket, 'things');
    const { head, targets } = stored.state;
    const main = { ...targets['main'], pending: [], doubted_since: head };
    await swapState(place.bucket, stored, { ...stored.state, targets: { main } });
    await run(place, { everything: false, records: [{ id: 'd', value: 2 }] });
    await run(place, all([rows[0], { id: 'd', value: 2 }]));
    const files = await filesOf(place);
    const last = files.reduce((table, { changes }) => follow(table, changes), before);
    expect([...last]).toEqual([...(await tableOf(place))]);
  }));

/** Runs the edition until one run dies right behind its commit; answers the objects of the package. */
async function committed(place: Place, edition: Edition): Promise<string[]> {
  const before = (await readState(place.bucket, 'things')).state.head;
  for (let diesAt = 1; ; diesAt += 1) {
    await run(place, edition, { diesAt });
    const { head = '' } = (await readState(place.bucket, 'things')).state;
    if (head === before) continue;
    return (await readManifest(place.bucket, head)).parts.map(({ key }) => key);
  }
}

it('tells what a package has changed that was damaged when it was its turn, once somebody has mended it', () =>
  withPlace(async (place) => {
    await run(place, all([{ id: 'a', value: 1 }]));
    const before = await tableOf(place);
    const [part = ''] = await committed(place, { everything: false, records: [{ id: 'a', value: 2 }] });
    const path = join(place.folder, 'bucket', part);
    await rename(path, `${path}.away`);
    await run(place, { everything: false, records: [{ id: 'b', value: 3 }] });
    await rename(`${path}.away`, path);
    await run(place, { everything: false, records: [{ id: 'c', value: 4 }] }, { mode: 'replay' });
    await run(place, { everything: false, records: [{ id: 'c', value: 4 }] });
    await run(place, { everything: false, records: [{ id: 'a', value: 5 }] });
    const files = await filesOf(place);
    expect(files.map(({ changes }) => kindsOf(changes))).toEqual([
      ['inserted b'],
      ['inserted c', 'updated a'],
      ['updated a'],
    ]);
    const last = files.reduce((table, { changes }) => follow(table, changes), before);
    expect([...last].sort()).toEqual([...(await tableOf(place))].sort());
  }));
