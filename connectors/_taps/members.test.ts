import fc from 'fast-check';
import { expect, it } from 'vitest';
import { membersOf } from './members.ts';

const read = (text: string) => {
  const members = membersOf(Buffer.from(text));
  return members && Object.fromEntries([...members].map(([name, bytes]) => [name, bytes.toString()]));
};

it('are those that JSON.parse finds, each as it was written', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
      fc.constantFrom('', ' ', '\t'),
      (object, gap) => {
        const text = gap + JSON.stringify(object, undefined, gap) + gap;
        const found = [...(membersOf(Buffer.from(text)) ?? [])].map(([name, bytes]) => [
          name,
          JSON.parse(bytes.toString()),
        ]);
        expect(found).toEqual(Object.entries(JSON.parse(text)).map(([name, value]) => [name, value]));
      },
    ),
  );
});

it.each([
  ['{"a":1,"a":2}', { a: '2' }],
  ['{"\\u0061\\"":1}', { 'a"': '1' }],
  ['{}', {}],
  ['{"a":{"b":NaN},"c":[-Infinity,Infinity]}', { a: '{"b":NaN}', c: '[-Infinity,Infinity]' }],
  ['{"NaN":"a \\" NaN","b":NaN}', { NaN: '"a \\" NaN"', b: 'NaN' }],
])('are found: %s', (text, members) => {
  expect(read(text)).toEqual(members);
});

it.each(['', '[]', '"NaN"', '{"a":1', '{"a":1}{}', '{"a":nan}', '{"a":NaNa}', '{"a":1,}', "{'a':1}", '{"a":01}'])(
  'are none of what is no object: %s',
  (text) => {
    expect(read(text)).toBeUndefined();
  },
);
