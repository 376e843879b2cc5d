import { parseExact } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { LOCATION, START } from '../../../../test/fixtures/lake-files.ts';
import { currentSnapshot, parseMetadata, printMetadata } from './metadata.ts';
import { newTable } from './schema.ts';

const URL = `${LOCATION}/metadata/v1.metadata.json`;
const table = newTable(
  { description: '', columns: [{ name: 'id', type: 'bigint', nullable: false, description: '' }], key: ['id'] },
  { uuid: 'u', location: LOCATION, now: START },
);
const written = JSON.parse(printMetadata(table)) as Record<string, unknown>;
const read = (more: object) => parseMetadata(JSON.stringify({ ...written, ...more }), URL);

describe('a metadata file', () => {
  it('keeps what is not known here, wherever it stands, and every digit of an id', () => {
    const text = JSON.stringify({
      ...written,
      'current-snapshot-id': 'ID',
      snapshots: [
        {
          'snapshot-id': 'ID',
          'sequence-number': 1,
          'timestamp-ms': START,
          'manifest-list': 'x',
          summary: { operation: 'append' },
          'first-row-id': 'ID',
        },
      ],
      'snapshot-log': [{ 'timestamp-ms': START, 'snapshot-id': 'ID' }],
      refs: { main: { 'snapshot-id': 'ID', type: 'branch', 'max-snapshot-age-ms': 5 } },
      schemas: [
        {
          type: 'struct',
          'schema-id': 0,
          fields: [{ id: 1, name: 'id', required: true, type: { type: 'list', element: 'long' }, 'write-default': 1 }],
        },
      ],
      'next-row-id': 7,
      'encryption-keys': [{ 'key-id': 'a' }],
    }).replaceAll('"ID"', '2354418215349087432');
    expect(parseExact(printMetadata(parseMetadata(text, URL)))).toEqual({ ...(parseExact(text) as object) });
    expect(currentSnapshot(parseMetadata(text, URL))?.['snapshot-id']).toBe(2354418215349087432n);
  });

  it('may leave out, or call null or -1, what is not there', () => {
    expect(read({ 'current-snapshot-id': -1 })).toEqual(table);
    expect(read({ 'current-snapshot-id': null })).toEqual(table);
    const { properties: _, snapshots: __, refs: ___, 'snapshot-log': ____, 'metadata-log': _____, ...least } = written;
    expect(parseMetadata(JSON.stringify(least), URL)).toMatchObject({ properties: {}, snapshots: [], refs: {} });
  });

  it.each([
    ['of version 3', { 'format-version': 3 }, 'version 3'],
    ['of version 1', { 'format-version': 1 }, 'version 1'],
    ['of none', { 'format-version': undefined }, 'no version'],
    ['that is partitioned', { 'partition-specs': [{ 'spec-id': 0, fields: [{ 'source-id': 1 }] }] }, 'partitioned'],
    ['without its spec', { 'default-spec-id': 4 }, 'partition spec'],
    ['without its schema', { 'current-schema-id': 4 }, 'current schema'],
    ['without its snapshot', { 'current-snapshot-id': 4 }, 'current snapshot'],
    ['with a fault', { snapshots: [{ 'snapshot-id': 'secret' }] }, 'snapshots.0.snapshot-id'],
  ])('%s is refused', (_what, more, words) => {
    expect(() => read(more)).toThrow(
      expect.objectContaining({ kind: 'config', code: 'lake-format', message: expect.stringContaining(words) }),
    );
    expect(() => read(more)).toThrow(URL);
    expect(() => read(more)).not.toThrow('secret');
  });

  it('that was cut is refused, without a word of it', () => {
    expect(() => parseMetadata('{"location":"s3', URL)).toThrow(
      expect.objectContaining({ code: 'lake-format', message: expect.stringContaining('no JSON') }),
    );
    expect(() => parseMetadata('', URL)).toThrow(expect.objectContaining({ code: 'lake-format' }));
  });
});
