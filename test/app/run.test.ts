import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { choose } from '../../orchestrator/app/choose.ts';
import type { Host } from '../../orchestrator/app/host.ts';
import { run } from '../../orchestrator/app/run.ts';
import { openSession } from '../../orchestrator/app/session.ts';
import { status } from '../../orchestrator/app/status.ts';
import { follow } from '../../orchestrator/app/stream.ts';
import type { RunEvent } from '../../orchestrator/events/run-event.ts';
import { fold, type RunSoFar } from '../../orchestrator/result/fold.ts';
import { resultOf } from '../../orchestrator/result/result-of.ts';
import { hostWith } from './host.ts';

const printing = (script: string): Host =>
  hostWith({
    services: { shop: {} },
    jobs: {
      shop_orders: {
        ...{ service: 'shop', data_type: 'orders', cron: '0 * * * *' },
        command: [process.execPath, '--eval', script],
      },
    },
  });

/** What somebody starts who asks for all jobs by hand. */
async function byHand(host: Host) {
  const session = await openSession(host, {});
  const selection = { jobs: ['shop_*'], groups: [], force: false, runId: 'by-hand' };
  const { assignments } = await choose(session, { runs: [], selection });
  return { session, request: { assignments, runId: 'by-hand', mode: 'incremental' } as const };
}

it('a run is its events, of which its result is the fold', async () => {
  const { session, request } = await byHand(printing('console.log(JSON.stringify({ id: 1 }))'));
  const events: RunEvent[] = [];
  const { answer } = await follow(run(session, request), [{ on: (event) => void events.push(event) }]);
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['started', 'claimed', 'committed', 'loaded', 'done']),
  );
  const folded = events.reduce<RunSoFar | undefined>(fold, undefined);
  expect(answer.results).toEqual([folded && resultOf(folded)]);
  expect(answer.results).toMatchObject([{ job: 'shop_orders', result: 'done', totals: { records: 1, inserted: 1 } }]);
  await session.close();
});

it('whoever stops reading stops the run in order', async () => {
  const host = printing("require('fs').writeFileSync('pid', String(process.pid)); setInterval(() => undefined, 1000)");
  const { session, request } = await byHand(host);
  for await (const { type } of run(session, request)) if (type === 'claimed') break;
  const { jobs } = await status(session);
  expect(jobs).toMatchObject([{ job: 'shop_orders' }]);
  expect(jobs[0]).not.toHaveProperty('claim');
  const pid = join(host.cwd, 'pid');
  // If it was started at all, it has ended with the run.
  if (existsSync(pid)) expect(() => process.kill(Number(readFileSync(pid, 'utf8')), 0)).toThrow('ESRCH');
  await session.close();
});
