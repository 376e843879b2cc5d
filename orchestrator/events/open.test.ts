import assert from 'node:assert/strict';
import { expect, it } from 'vitest';
import { fakeClock } from '../../test/fakes/clock.ts';
import { type Driver, DriverManifest } from '../drivers/manifest.ts';
import { openLocalBucket } from '../storage/local/driver.ts';
import { openEvents } from './open.ts';
import { type PublishedEvent, published } from './published/envelope.ts';

/** A driver of which nothing is here but its code. */
const tape: Driver = {
  ...DriverManifest.parse({
    kind: 'events',
    schemes: ['tape'],
    location: 'tape://NAME',
    credentials: [{ name: 'TAPE_KEY', description: 'Key.' }],
  }),
  package: `data:text/javascript,export default ({ location, env, bucket }) => {
    const said = [bucket.url];
    return { url: location, send: async (events) => void said.push(...events), check: async () => {}, close: async () => { said.push(env.TAPE_KEY) }, said };
  }`,
  description: '',
  folder: '/nowhere',
};

const world = (env: Readonly<Record<string, string>>) => ({
  env,
  clock: fakeClock(),
  random: () => 0,
  bucket: openLocalBucket('/nowhere'),
  drivers: [tape],
});

const told = (id: string): PublishedEvent =>
  published('dev', { id, type: 'run-started', at: '2026-11-21T06:00:00.000Z', job: 'orders', data: {} });

it('opens who is told of events by the scheme, and lets it see the bucket and what it declares', async () => {
  const sink = await openEvents('tape://a', world({ TAPE_KEY: 'k', OTHER: 'x' }));
  await sink.check([]);
  await sink.send([told('first'), told('second')], { taken: () => undefined, signal: new AbortController().signal });
  await sink.close();
  expect(sink).toMatchObject({ url: 'tape://a', said: ['file:///nowhere', { id: 'first' }, { id: 'second' }, 'k'] });
});

it('refuses what no driver hears, and a driver without its secrets', async () => {
  await assert.rejects(openEvents('tap://a', world({})), { kind: 'config', code: 'events-scheme' });
  await assert.rejects(openEvents('tape://a', world({})), { kind: 'auth', code: 'driver-credentials' });
});
