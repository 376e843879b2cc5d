/** The name of a workflow's run, where GitHub did not hand it on: the plan is recorded in the bucket by it. */
import { TidemillError } from '@tidemill/kit';
import { keys } from '../storage/keys.ts';
import { setting } from './host.ts';
import type { Session } from './session.ts';

const DAY_MS = 86_400_000;

/** The newest plan that this run of the workflow recorded, today or yesterday. Throws `unknown-run` where there is none. */
export async function recordedRun({ host, bucket }: Session): Promise<string> {
  const id = setting(host, 'GITHUB_RUN_ID');
  const now = host.clock.now().getTime();
  const found: string[] = [];
  for (const at of id === undefined ? [] : [now, now - DAY_MS]) {
    const day = new Date(at).toISOString().slice(0, 10).replaceAll('-', '');
    for await (const { key } of bucket.list(keys.runsOf(day))) {
      const [run = ''] = key.slice(keys.runsOf('').length).split('/');
      if (key === keys.runRecord(run, 'plan') && /^\w+-(\d+)-\d+$/.exec(run)?.[1] === id) found.push(run);
    }
  }
  const newest = found.sort().at(-1);
  if (newest !== undefined) return newest;
  throw new TidemillError('config', 'unknown-run', `${bucket.url} holds no plan of this run of a workflow`, {
    hint: 'Name a run with --run-id.',
  });
}
