import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { Precondition, StoredObject } from '../contract.ts';
import { bucketForbidden, bucketThrottled, bucketUnavailable } from './errors.ts';
import { patienceOf } from './options.ts';
import { type Metadata, newWrite, type WriteOutcome, writeSurely } from './write.ts';

const { retry } = patienceOf({ location: '', env: {}, clock: fakeClock(), random: () => 0, limits: { retries: 2 } });
const URL = 'gs://bucket';
const MINE: StoredObject = { key: 'key', version: '2', bytes: 1, updatedAt: new Date(0) };
const OTHER: StoredObject = { ...MINE, version: '3' };

const unavailable = bucketUnavailable({ url: URL, said: '503' });
const throttled = bucketThrottled({ url: URL, said: '429' });

/** A write whose attempts end so, one after the other, and the object that is found when somebody looks. */
function surely(
  outcomes: readonly (WriteOutcome | Error)[],
  found: (write: { metadata: Metadata }) => Metadata | undefined = () => assert.fail('nobody need look'),
  onlyIf: Precondition | 'none' = 'absent',
): Promise<StoredObject | undefined> {
  const write = newWrite(onlyIf === 'none' ? undefined : onlyIf);
  const left = [...outcomes];
  const attempt = async (): Promise<WriteOutcome> => {
    const outcome = left.shift() ?? assert.fail('one attempt too many');
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const current = async () => {
    const metadata = found(write);
    return metadata && { object: metadata === write.metadata ? MINE : OTHER, metadata };
  };
  return writeSurely({ write, url: URL, key: 'key', attempt, current }, retry);
}

const base = (onlyIf: Precondition | undefined): Metadata => newWrite(onlyIf).metadata;

describe('a write', () => {
  it('is done when the store says so, at once or after a fault', async () => {
    expect(await surely([MINE])).toBe(MINE);
    expect(await surely([unavailable, MINE])).toBe(MINE);
  });

  it('is refused when every answer came, and nobody need look why', async () => {
    expect(await surely(['refused'])).toBeUndefined();
  });

  it('knows its own object again when an answer was lost', async () => {
    expect(await surely([unavailable, 'refused'], (write) => write.metadata)).toBe(MINE);
    expect(await surely(['unclear'], (write) => write.metadata)).toBe(MINE);
  });

  // https://github.com/wowsignal-io/pedro/pull/389
  it('knows its own object again when the store asked to slow down and had made it all the same', async () => {
    expect(await surely([throttled, throttled, 'refused'], (write) => write.metadata)).toBe(MINE);
    expect(await surely([throttled, 'refused'], () => base('absent'))).toBeUndefined();
  });

  it('is refused after a lost answer when another one took the very place it wanted', async () => {
    expect(await surely([unavailable, 'refused'], () => base('absent'))).toBeUndefined();
    const onlyIf = { version: '"1"#a' };
    expect(await surely([unavailable, 'refused'], () => base(onlyIf), onlyIf)).toBeUndefined();
  });

  it.each<[string, Metadata | undefined]>([
    ['a later one', base({ version: '7' })],
    ['one without a precondition', base(undefined)],
    ['one that Tidemill has not written', {}],
    ['none', undefined],
  ])('does not claim to know when the object after a lost answer is %s', async (_, metadata) => {
    const unknown = { kind: 'transient', code: 'bucket-write-unknown' };
    await assert.rejects(
      surely([unavailable, 'refused'], () => metadata),
      unknown,
    );
    await assert.rejects(
      surely(['unclear'], () => metadata, 'none'),
      unknown,
    );
  });

  it('ends with the last error when the retries are used up, and at once when they cannot help', async () => {
    await assert.rejects(surely([unavailable, unavailable, unavailable]), unavailable);
    const forbidden = bucketForbidden({ url: URL, said: '403' });
    await assert.rejects(surely([forbidden]), forbidden);
  });
});
