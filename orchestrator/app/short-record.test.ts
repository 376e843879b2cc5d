import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortRecord } from './short-record.ts';

const LONG = 'x'.repeat(100);
const CUT = `${'x'.repeat(39)}…`;

describe('a rejected record, shortened', () => {
  it.each<[string, string, string, string | undefined]>([
    [`{"id":1,"said":"${LONG}"}`, 'said', `{"id":1,"said":"${CUT}"}`, `"${CUT}"`],
    ['{"id":12345678901234567890.5}', 'id', '{"id":12345678901234567890.5}', '12345678901234567890.5'],
    ['{"all":[1,2,3,4,{"a":5}]}', 'all.4.a', '{"all":[1,2,3,"…"]}', '5'],
    ['{"a.b":{"c":null}}', 'a.b.c', '{"a.b":{"c":null}}', 'null'],
    ['{"a":{"b":{"c":{"d":{"e":1}}}}}', 'a.x', '{"a":{"b":{"c":{"d":"{…}"}}}}', undefined],
    ['{"a":1}', '__proto__', '{"a":1}', undefined],
    ['[1,2]', '', '[1,2]', undefined],
    [`Hello ${LONG}`, '', `Hello ${LONG}`, undefined],
  ])('%s', (text, path, record, found) => {
    expect(shortRecord(text, path)).toEqual({ record, ...(found === undefined ? {} : { found }) });
  });

  it('tells of bytes only how many they are', () => {
    expect(shortRecord(Buffer.from([0xff, 0xfe]), '')).toEqual({ record: '2 bytes that are not UTF-8' });
  });

  it('is short whatever it is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), fc.string(), (text, path) => {
        const { record, found = '' } = shortRecord(text, path);
        expect(Math.max(record.length, found.length)).toBeLessThanOrEqual(400);
      }),
    );
  });
});
