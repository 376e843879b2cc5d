import { TidemillError } from '@tidemill/kit';
import { expect, it } from 'vitest';
import { observers } from './observers.ts';
import type { Observer, RunEvent } from './run-event.ts';

const notice = (message: string): RunEvent => ({
  ...{ type: 'notice', message, at: '2026-11-21T06:00:00.000Z', job: 'job', slot: 'manual-1', run: 'run' },
});

/** Keeps what it is told, after some turns of the event loop. */
function slow(turns: number): Observer & { readonly heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    on: async (event) => {
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      heard.push(event.type === 'notice' ? event.message : event.type);
    },
  };
}

it('hands each observer every event in order, and lets nobody wait for a slow one', async () => {
  const heard: string[] = [];
  const quick: Observer = { on: (event) => void heard.push(event.type === 'notice' ? event.message : '') };
  const [some, many] = [slow(1), slow(20)];
  const all = observers([some, quick, many]);
  for (const message of ['one', 'two', 'three']) all.on(notice(message));
  expect(heard, 'at once').toEqual(['one', 'two', 'three']);
  expect(await all.settled()).toEqual([]);
  expect([some.heard, many.heard]).toEqual([heard, heard]);
});

it('remembers the first fault of each, and goes on', async () => {
  const heard: string[] = [];
  const broken: Observer = {
    on: () => {
      throw new TidemillError('config', 'sink-broken', 'it is broken');
    },
  };
  const rejecting: Observer = { on: () => Promise.reject(new Error('no')) };
  const all = observers([broken, rejecting, { on: () => void heard.push('heard') }]);
  all.on(notice('one'));
  all.on(notice('two'));
  const faults = await all.settled();
  expect(faults.map(({ code }) => code)).toEqual(['sink-broken', 'unexpected']);
  expect(heard).toEqual(['heard', 'heard']);
});
