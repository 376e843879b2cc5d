import { expect, it } from 'vitest';
import { neededBy, readBy, readCredentials, STATE_KEY, secretsIn, settingsReadBy, valuesOf } from './credentials.ts';
import { type Credential, declaredIn } from './manifest.ts';

const declared: readonly Credential[] = [
  { name: 'ID', description: 'Id.' },
  { name: 'TOKEN', description: 'Token.' },
  { name: 'PLACE', description: 'Place.', default: 'here' },
  { name: 'MORE', description: 'More.', optional: true },
  { name: 'PASSWORD', description: 'Password.', use: 'sign-in' },
];

it('reads what is set, fills in defaults, and names what a run cannot do without; an empty variable is none', () => {
  expect(readCredentials(declared, { ID: '1', TOKEN: '', PASSWORD: 'secret' })).toEqual({
    values: { ID: '1', PLACE: 'here' },
    missing: ['TOKEN'],
  });
  expect(readCredentials(declared, { ID: '1', TOKEN: '2', PLACE: 'there', MORE: '3' })).toEqual({
    values: { ID: '1', TOKEN: '2', PLACE: 'there', MORE: '3' },
    missing: [],
  });
});

it('shows a sign-in what no run ever sees', () => {
  expect(valuesOf(declared, { PASSWORD: 'secret' })).toEqual({ PLACE: 'here', PASSWORD: 'secret' });
});

it('counts the key for rotating tokens among what is needed', () => {
  expect(neededBy({ credentials: declared, rotation: 'never' })).toEqual(['ID', 'TOKEN']);
  expect(neededBy({ credentials: declared, rotation: 'sometimes' })).toEqual(['ID', 'TOKEN', STATE_KEY]);
  expect(readBy({ credentials: declared, rotation: 'never' })).toEqual(['ID', 'TOKEN', 'PLACE', 'MORE']);
  expect(readBy({ credentials: declared, rotation: 'always' }).slice(-2)).toEqual([STATE_KEY, `${STATE_KEY}_PREVIOUS`]);
});

it('is told by a package.json what the code of a connector would say', () => {
  expect(declaredIn({ tidemill: { credentials: declared } })).toEqual({ credentials: declared, rotation: 'never' });
  const older = declaredIn({ tidemill: { credentials: ['ID'], optional: ['MORE'], rotation: 'always' } });
  expect(neededBy(older)).toEqual(['ID', STATE_KEY]);
  expect(readBy(older)).toEqual(['ID', 'MORE', STATE_KEY, `${STATE_KEY}_PREVIOUS`]);
  expect(() => declaredIn({ tidemill: { credentials: [{ name: 'NOT A NAME', description: '' }] } })).toThrow();
});

it('keeps no default secret: everybody can read it, and an error that names it is clearer', () => {
  expect(secretsIn(declared, valuesOf(declared, { TOKEN: 'abc' }))).toEqual(['abc']);
  expect(secretsIn(declared, { TOKEN: 'abc', PLACE: 'mine' })).toEqual(['abc', 'mine']);
});

it('keeps no setting secret either: it may be a word, and would make holes in every message', () => {
  const setting: Credential = { name: 'SHOP_NAME', description: 'Name of the shop.', secret: false };
  expect(secretsIn([...declared, setting], { TOKEN: 'abc', SHOP_NAME: 'shop' })).toEqual(['abc']);
  const declaration = declaredIn({ tidemill: { credentials: [...declared, setting] } });
  expect([settingsReadBy(declaration), neededBy(declaration)]).toEqual([['SHOP_NAME'], ['ID', 'TOKEN', 'SHOP_NAME']]);
});
