import { expect, it } from 'vitest';
import { neededBy, readCredentials, STATE_KEY, secretsIn, valuesOf } from './credentials.ts';
import type { Credential, OAuth } from './index.ts';

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
  const oauth = (rotation: OAuth['rotation']): OAuth => ({
    authorizeUrl: 'https://x.example/a',
    tokenUrl: 'https://x.example/t',
    credentials: { clientId: 'ID', refreshToken: 'TOKEN' },
    clientAuthentication: 'body',
    rotation,
    pkce: 'none',
    scopeSeparator: ' ',
  });
  expect(neededBy({ credentials: declared })).toEqual(['ID', 'TOKEN']);
  expect(neededBy({ credentials: declared, oauth: oauth('never') })).toEqual(['ID', 'TOKEN']);
  expect(neededBy({ credentials: declared, oauth: oauth('sometimes') })).toEqual(['ID', 'TOKEN', STATE_KEY]);
});

it('keeps no default secret: everybody can read it, and an error that names it is clearer', () => {
  expect(secretsIn(declared, valuesOf(declared, { TOKEN: 'abc' }))).toEqual(['abc']);
  expect(secretsIn(declared, { TOKEN: 'abc', PLACE: 'mine' })).toEqual(['abc', 'mine']);
});
