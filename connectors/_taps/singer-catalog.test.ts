import { describe, expect, it } from 'vitest';
import { type SingerStream, selectedIn } from './singer-catalog.ts';

const root = (metadata: object) => ({ breadcrumb: [], metadata: { ...metadata } });
const rootOf = (stream: SingerStream | undefined) => stream?.metadata?.[0]?.metadata;

const select = (stream: SingerStream, scope: 'changes' | 'everything' = 'changes') => {
  const other = { stream: 'other', metadata: [root({ selected: true })] };
  const [chosen, rest] = selectedIn({ streams: [stream, other] }, stream, scope).streams;
  return { chosen, rest };
};

describe('the catalog that a tap is handed', () => {
  it('has that stream selected with every field that the tap supports, and no other stream', () => {
    const fields = ['available', 'unsupported'].map((inclusion) => {
      return { breadcrumb: ['properties', inclusion], metadata: { inclusion } };
    });
    const { chosen, rest } = select({ stream: 's', x: 1, metadata: [...fields, root({ inclusion: 'available' })] });
    expect(chosen).toMatchObject({
      x: 1,
      metadata: [{ metadata: { selected: true } }, { metadata: { selected: true } }, {}],
    });
    expect(chosen?.metadata?.[2]?.metadata).toEqual({ inclusion: 'unsupported' });
    expect(rootOf(rest)).toEqual({ selected: false });
  });

  it('has the selection in the schema where there is no metadata', () => {
    const { chosen } = select({ stream: 's', schema: { properties: { id: { type: 'integer' } } } });
    expect(chosen?.schema).toEqual({ selected: true, properties: { id: { type: 'integer', selected: true } } });
    const { chosen: newer } = select({ stream: 's', schema: {}, metadata: [root({})] });
    expect(newer?.schema).toEqual({});
  });

  it.each([
    ['INCREMENTAL', 'at', { replication_key: 'at' }, {}],
    ['INCREMENTAL', 'at', { replication_method: '' }, { 'valid-replication-keys': ['at'] }],
    ['FULL_TABLE', undefined, { replication_method: '', replication_key: '' }, {}],
    ['LOG_BASED', 'at', { replication_key: 'at' }, { 'replication-method': 'LOG_BASED' }],
    ['FULL_TABLE', 'at', { replication_key: 'at', replication_method: 'FULL_TABLE' }, {}],
    [
      'INCREMENTAL',
      'at',
      { replication_method: 'FULL_TABLE', replication_key: 'at' },
      { 'forced-replication-method': 'INCREMENTAL' },
    ],
  ])('says %s by %s of %j with %j', (method, key, fields, metadata) => {
    const { chosen } = select({ stream: 's', ...fields, metadata: [root(metadata)] });
    expect(chosen?.replication_method).toBe(method);
    expect(rootOf(chosen)?.['replication-method']).toBe(method);
    expect(rootOf(chosen)?.['replication-key']).toBe(key);
  });

  it('says FULL_TABLE for a run that says everything, unless the tap can only read on', () => {
    const incremental = { stream: 's', replication_key: 'at', replication_method: 'INCREMENTAL' };
    expect(select(incremental, 'everything').chosen?.replication_method).toBe('FULL_TABLE');
    const forced = { ...incremental, metadata: [root({ 'forced-replication-method': 'INCREMENTAL' })] };
    expect(select(forced, 'everything').chosen?.replication_method).toBe('INCREMENTAL');
  });
});
