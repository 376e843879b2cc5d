import { describe, expect, it } from 'vitest';
import { checkedDatasets } from './said.ts';

const SOUND = { name: 'orders', capabilities: ['full'] };
const withColumns = (columns: unknown, more: object = {}) => ({ ...SOUND, columns, ...more });
const id = { name: 'id', type: 'bigint' };

describe('what a service says of its data sets', () => {
  it('is taken as it is, without what nobody knows, and descriptions of some length', () => {
    const columns = [{ ...id, from: ['order', 'id'], description: 'Number.', nullable: true }];
    const [one, two] = checkedDatasets(
      'shop',
      [
        withColumns(columns, { key: ['id'], cdm_model_id: 'order', icon: 'cart' }),
        { ...SOUND, name: 'prices', description: 'x'.repeat(5000) },
      ],
      2,
    );
    const { nullable: _, ...column } = columns[0] ?? {};
    expect(one).toEqual({ ...SOUND, columns: [column], key: ['id'], cdm_model_id: 'order' });
    expect(two?.description).toHaveLength(1000);
  });

  it.each([
    ['no object', [1], 'data set 1 (\\"without a name\\")'],
    ['a name that no job could have', [SOUND, { ...SOUND, name: 'My\u001b[31m table' }], 'data set 2'],
    ['a name twice', [SOUND, SOUND], 'the data set orders twice'],
    ['a capability that nobody knows', [{ ...SOUND, capabilities: ['fly'] }], 'capabilities.0'],
    ['none of them', [{ name: 'orders' }], 'capabilities'],
    ['a type that is none', [withColumns([{ name: 'id', type: 'uuid' }])], 'columns.0.type'],
    ['a column twice', [withColumns([id, id])], 'a column twice'],
    ['a key that is no column', [withColumns([id], { key: ['number'] })], 'a key of number, which is no column'],
    ['too many', Array.from({ length: 10 }, () => SOUND), 'more than 9 data sets'],
  ])('is refused whole for %s', (_, said, message) => {
    const refused = () => checkedDatasets('shop', said, 9);
    expect(refused).toThrow(expect.objectContaining({ kind: 'source-changed', code: 'catalog-invalid' }));
    expect(refused).toThrow(message.replaceAll('\\', ''));
    // Nothing that a terminal would obey.
    expect(refused).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/\p{Cc}/u) }));
  });
});
