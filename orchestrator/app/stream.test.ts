import { expect, it } from 'vitest';
import type { RunEvent } from '../events/run-event.ts';
import { follow, streamOf } from './stream.ts';

const notice = (message: string): RunEvent => ({
  ...{ type: 'notice', message, at: '2026-11-21T06:00:00.000Z', job: 'job', slot: 'manual-1', run: 'run' },
});
const turn = (): Promise<void> => new Promise(setImmediate);

it('hands on what the work tells in its order, while it lasts, and answers what it came to', async () => {
  const seen: string[] = [];
  const stream = streamOf(async (tell) => {
    for (const message of ['one', 'two']) tell(notice(message));
    await turn();
    seen.push('the work goes on');
    tell(notice('three'));
    return 42;
  });
  const on = (event: RunEvent): void => void seen.push(event.type === 'notice' ? event.message : '');
  expect(await follow(stream, [{ on }])).toEqual({ answer: 42, faults: [] });
  expect(seen).toEqual(['one', 'two', 'the work goes on', 'three']);
});

it('throws what the work throws, after the events before it', async () => {
  const seen: RunEvent[] = [];
  const stream = streamOf(async (tell) => {
    tell(notice('one'));
    throw new Error('out of luck');
  });
  await expect(follow(stream, [{ on: (event) => void seen.push(event) }])).rejects.toThrow('out of luck');
  expect(seen).toHaveLength(1);
});

it('begins with the first reader', async () => {
  const stream = streamOf(async () => expect.unreachable());
  await turn();
  await stream.return(undefined as never);
});

it('tells the work that nobody reads any more, and waits for its end', async () => {
  let end = 'none';
  const stream = streamOf(async (tell, over) => {
    tell(notice('one'));
    await new Promise((resolve) => over.addEventListener('abort', resolve));
    await turn();
    end = 'in order';
  });
  for await (const _ of stream) break;
  expect(end).toBe('in order');
});
