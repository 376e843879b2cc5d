import { describe, expect, it } from 'vitest';
import { choose } from '../../orchestrator/app/choose.ts';
import type { Host } from '../../orchestrator/app/host.ts';
import { run } from '../../orchestrator/app/run.ts';
import { openSession, type Session } from '../../orchestrator/app/session.ts';
import { follow } from '../../orchestrator/app/stream.ts';
import { type Driver, DriverManifest } from '../../orchestrator/drivers/manifest.ts';
import { readState } from '../../orchestrator/state/store.ts';
import { hostWith } from './host.ts';

const SECRET = 'open sesame';

/** A driver of events of which nothing is here but its code: what it answers when it is opened. */
const driver = (code: string): Driver => ({
  ...DriverManifest.parse({
    kind: 'events',
    schemes: ['tape'],
    location: 'tape://NAME',
    credentials: [{ name: 'TAPE_KEY', description: 'Key.' }],
  }),
  package: `data:text/javascript,export default ({ env }) => (${encodeURIComponent(code)});`,
  description: '',
  folder: '/nowhere',
});

/** Nobody has to wait for those who hang. */
function impatient(): Host {
  const host = hostWith({
    services: { shop: {} },
    jobs: {
      orders: {
        ...{ service: 'shop', data_type: 'orders' },
        command: [process.execPath, '--eval', 'console.log(JSON.stringify({ id: 1 }))'],
      },
    },
  });
  const sleep: Host['clock']['sleep'] = (milliseconds, signal) => host.clock.sleep(milliseconds / 100, signal);
  return { ...host, env: { TAPE_KEY: SECRET }, clock: { ...host.clock, sleep } };
}

async function runsWith(code: string) {
  const opened = await openSession(impatient(), {});
  const session: Session = {
    ...opened,
    config: { ...opened.config, drivers: [driver(code), ...opened.config.drivers] },
    environment: { ...opened.environment, events: ['tape://reel'] },
  };
  const selection = { jobs: ['orders'], groups: [], force: false, runId: 'by-hand' };
  const { assignments } = await choose(session, { runs: [], selection });
  const { answer } = await follow(run(session, { assignments, runId: 'by-hand', mode: 'incremental' }), []);
  const { state } = await readState(session.bucket, 'orders');
  await session.close();
  return { ...answer, state };
}

describe.each([
  ['never hears', `{ on: () => new Promise(() => {}), close: async () => {} }`, 'no answer within 10 s'],
  ['never is closed', `{ on: () => {}, close: () => new Promise(() => {}) }`, 'no answer within 10 s'],
  ['never is opened', `new Promise(() => {})`, 'no answer within 10 s'],
  ['throws at its close', `{ on: () => {}, close: () => { throw new Error('torn') } }`, 'torn'],
  ['says its key', `{ on: () => { throw new Error('key ' + env.TAPE_KEY) }, close: async () => {} }`, 'key ***'],
])('somebody who %s', (_, code, why) => {
  it('neither holds nor breaks a run, and is told at its end', async () => {
    const { results, untold } = await runsWith(code);
    expect(results).toMatchObject([{ result: 'done', totals: { inserted: 1 } }]);
    expect(untold).toMatchObject([{ code: 'events-untold', message: `tape://reel did not hear everything: ${why}` }]);
    expect(JSON.stringify(untold)).not.toContain(SECRET);
  });
});

it('nobody who hears of a claim can change the state with it', async () => {
  const meddling = `{ on: (event) => { if (event.state) { event.state.targets = {}; event.state.cursor = 'x'; } }, close: async () => {} }`;
  const { results, state } = await runsWith(meddling);
  expect(results).toMatchObject([{ result: 'done', totals: { inserted: 1 } }]);
  expect(state.targets).toEqual({ main: { pending: [] } });
  expect(state.cursor).toBeUndefined();
});
