/** Jobs with `changes: true`: what happens between two runs, and must neither hide a change nor tell it twice. */
import { expect, it } from 'vitest';
import { all, filesOf, follow, run, tableOf, withPlace } from '../../../test/oracles/changes.ts';

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
