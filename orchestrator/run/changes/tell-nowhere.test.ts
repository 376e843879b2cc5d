/** Jobs with `changes: true` whose chain cannot be read, or that have no room to work in. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { all, filesOf, follow, kindsOf, run, runAgain, tableOf, withPlace } from '../../../test/oracles/changes.ts';
import { readState } from '../../state/store.ts';
import { readManifest } from '../bronze/manifest.ts';

afterEach(() => vi.unstubAllEnvs());

it('goes on beyond a manifest that is damaged, and says what nobody knows any more', () =>
  withPlace(async (place) => {
    await run(place, all([{ id: 'a', value: 1 }]));
    await run(place, { everything: false, records: [{ id: 'b', value: 2 }] });
    const { head = '' } = (await readState(place.bucket, 'things')).state;
    const path = join(place.folder, 'bucket', head);
    await writeFile(path, 'x');
    const lost = await run(place, { everything: false, records: [{ id: 'a', value: 3 }] });
    expect([lost.result, lost.failure, lost.changed]).toEqual(['done', undefined, undefined]);
    const words = ['is not a manifest', 'are not told'].map((text) => expect.stringContaining(text));
    expect(lost.notices).toEqual(words);
    const next = await run(place, { everything: false, records: [{ id: 'a', value: 4 }] });
    expect(Object.values(next.changed ?? {})).toMatchObject([{ updated: 1, inserted: 0 }]);
  }));

it.each([1, 2])('does not take all rows for new where the last of %s packages of everything is damaged', (packages) =>
  withPlace(async (place) => {
    for (let value = 1; value <= packages; value += 1) await run(place, all([{ id: 'a', value }]));
    const { head = '' } = (await readState(place.bucket, 'things')).state;
    const [part] = (await readManifest(place.bucket, head)).parts;
    await place.bucket.remove(part?.key ?? '');
    const lost = await run(place, all([{ id: 'a', value: 7 }]));
    expect([lost.changed, lost.notices.at(-1)]).toEqual([undefined, expect.stringContaining('are not told')]);
    const next = await run(place, all([{ id: 'a', value: 8 }]));
    expect(Object.values(next.changed ?? {})).toMatchObject([{ updated: 1, inserted: 0 }]);
  }),
);

it('says that there is no room for it, and tells it when there is', () =>
  withPlace(async (place) => {
    await run(place, all([{ id: 'a', value: 1 }]));
    const before = await tableOf(place);
    vi.stubEnv('TMPDIR', join(place.folder, 'nowhere'));
    const { failure } = await run(place, all([{ id: 'a', value: 2 }]));
    expect(failure).toMatchObject({ kind: 'config', code: 'no-temporary-folder' });
    await writeFile(join(place.folder, 'edition.json'), 'none');
    const unread = await runAgain(place);
    expect(unread.failure).toMatchObject({ code: 'unexpected', message: expect.stringContaining('SyntaxError') });
    expect(unread.notices).toEqual([expect.stringContaining('for temporary files, cannot be used')]);
    vi.unstubAllEnvs();
    await run(place, all([{ id: 'a', value: 2 }, { id: 'b' }]));
    const files = await filesOf(place);
    expect(files.map(({ changes }) => kindsOf(changes))).toEqual([['inserted b', 'updated a']]);
    expect(files.reduce((rows, { changes }) => follow(rows, changes), before)).toEqual(await tableOf(place));
  }));
