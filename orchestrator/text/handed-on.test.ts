import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Masker } from '../../test/workflow/masker.ts';
import { type HandedOn, handedOn } from './handed-on.ts';

const LEG = {
  leg: 'shop',
  runs: 'shop@2026-11-21T06:00:00.000Z',
  services: ['shop', 'true'],
  minutes: 40,
  "it's": 'dev\n"',
};

/** Whether GitHub would leave the leg out for the sake of the secret. */
function isLeftOut(secret: string): boolean {
  const masker = new Masker();
  masker.add(secret);
  return masker.mask(handedOn(LEG)) !== handedOn(LEG);
}

describe('what is handed on', () => {
  it('is read again by fromJSON, its numbers as texts', () => {
    expect(JSON.parse(handedOn(LEG))).toEqual({ ...LEG, minutes: '40' });
    const text = fc.string({ unit: 'binary' });
    const { value } = fc.letrec<{ value: HandedOn }>((tie) => ({
      value: fc.oneof(text, fc.array(tie('value')), fc.dictionary(fc.string(), tie('value'))),
    }));
    const check = fc.property(value, (any) => {
      expect(JSON.parse(handedOn(any))).toEqual(JSON.parse(JSON.stringify(any)));
    });
    fc.assert(check, { seed: 20261121 });
  });

  it.each(['shop', 'true', 'leg', 'dev', '40', '2026', 'T06', '21T06', 'shop\nminutes', 'a": 1,\n  "b', 'Shop'])(
    'has nothing of the secret %j in it',
    (secret) => {
      expect(isLeftOut(secret)).toBe(false);
    },
  );

  it('has no word of three letters in it, and no number of four digits that does not begin with 0', () => {
    const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
    const word = fc.string({ unit: letter, minLength: 3, maxLength: 30 });
    const number = fc.integer({ min: 1000 }).map(String);
    const text = fc.string({ unit: fc.oneof(letter, fc.constantFrom(...'0123456789_@-: ')), minLength: 100 });
    const check = fc.property(fc.oneof(word, number), text, (secret, around) => {
      expect(handedOn(`${around}${secret}${around}`)).not.toContain(secret);
    });
    fc.assert(check, { seed: 20261121 });
  });

  it.each(['1', '{\n  "a": 1\n}'])('may have something of the secret %j in it, which the report tells', (secret) => {
    expect(isLeftOut(secret)).toBe(true);
  });
});
