import { TidemillError } from '@tidemill/kit';
import { expect, it } from 'vitest';
import { gc } from '../../orchestrator/app/gc.ts';
import { openSession } from '../../orchestrator/app/session.ts';
import type { Leftover } from '../../orchestrator/warehouse/leftover.ts';
import { memoryWarehouse } from '../contracts/warehouse-memory.ts';
import { hostWith } from './host.ts';

it('asks every warehouse what it has left, and a broken one holds up no other', async () => {
  const session = await openSession(hostWith({ services: {}, jobs: {} }), {});
  const write = (key: string) => session.bucket.write(key, Buffer.from('x'), { contentType: 'text/plain' });
  for (const name of ['gone', 'stays', 'other']) await write(`silver/_own/${name}`);
  const left = (name: string, kept?: string): Leftover => {
    return { name, keys: [`silver/_own/${name}`], bytes: 1, newest: new Date(0), kept };
  };
  const down = new TidemillError('transient', 'warehouse-down', 'Nobody is there', { hint: 'Try it later.' });
  const warehouses = new Map([
    ['down', () => Promise.reject(down)],
    ['plain', async () => memoryWarehouse()],
    ['own', async () => ({ ...memoryWarehouse(), leftovers: async () => [left('gone'), left('stays', 'in use')] })],
  ]);
  const looked = await gc({ ...session, warehouses });
  const names = looked.silver.orphans.map(({ name }) => name);
  expect([names, looked.unreadable, looked.isRemoved]).toEqual([['gone'], [down], false]);
  const { silver } = await gc({ ...session, warehouses }, { remove: true });
  expect(silver.kept).toEqual([left('stays', 'in use')]);
  const keys = (await Array.fromAsync(session.bucket.list('silver/'))).map(({ key }) => key);
  expect(keys).toEqual(['silver/_own/other', 'silver/_own/stays']);
});
