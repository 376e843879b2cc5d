/** A crawl of nearly four hours: machines that come, look and go, beside one that waits. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { project } from '../../cli/project.ts';
import { type BrightDataFake, startBrightData } from '../../fakes/brightdata.ts';
import { PAGE, post } from '../../fakes/brightdata-samples.ts';
import type { WorkflowRun } from '../harness.ts';
import { generatedFor, makeRepository } from '../repository.ts';
import { legsOf, logOf, resultsOf, run } from '../scenario.ts';

const MINUTE_MS = 60_000;
/** When the machines come, on the day of the fake. */
const TIMES = ['06:17', '07:17', '08:17', '09:17', '10:17', '11:17'];
/** Two statuses before it is ready: after three hours and forty minutes. */
const MINUTES_EACH = 110;

/** GitHub bills each machine by the whole minute: https://docs.github.com/en/billing/reference/actions-runner-pricing. */
const billed = (seconds: number): number => Math.ceil(seconds / 60);

let fake: BrightDataFake;
let ran: WorkflowRun[];

const config = (crawl: object): object => ({
  services: { brightdata: { base_url: fake.baseUrl } },
  jobs: {
    posts: {
      ...{ service: 'brightdata', data_type: 'facebook_posts', cron: '0 6 * * *', timeout_minutes: 350 },
      options: { url: PAGE, competitor: 'Acme' },
      crawl,
    },
  },
});

beforeAll(async () => {
  fake = await startBrightData();
  fake.publish({ posts: [post(1), post(2)], fate: { secondsEach: MINUTES_EACH * 60 } });
  const repository = await makeRepository(config({ wait_seconds: 0 }));
  const workflow = await generatedFor(repository, 'data-ingestion-orchestrator.yaml');
  const secrets = { values: {}, environments: { dev: fake.credentials } };
  const at = (time: string): Promise<WorkflowRun> =>
    run(repository, `2026-11-21T${time}:00Z`, { event: { name: 'schedule' }, workflow, secrets });
  await at('05:17');
  fake.pass(17 * MINUTE_MS);
  ran = [];
  for (const time of TIMES) {
    ran.push(await at(time));
    fake.pass(60 * MINUTE_MS);
  }
});

afterAll(() => fake.close());

/** Whoever sleeps, sleeps with Bright Data; leases and limits are over only when they are ended. */
function sharedClock() {
  const start = fake.now.getTime();
  let slept = 0;
  return {
    now: () => new Date(start + slept),
    async sleep(milliseconds: number, signal?: AbortSignal) {
      if (milliseconds >= MINUTE_MS)
        return await new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      slept += milliseconds;
      fake.pass(milliseconds);
    },
  };
}

describe('a crawl that takes hours', () => {
  it('is triggered once, looked at each hour, and loaded when it is ready; each run is green', () => {
    expect(ran.map(resultsOf), ran.map(logOf).join('\n')).toEqual([
      ...Array.from({ length: 5 }, () => ({ plan: 'success', ingest: 'success', report: 'success' })),
      { plan: 'success', ingest: 'skipped', report: 'skipped' },
    ]);
    expect(fake.crawls).toHaveLength(1);
    const summaries = ran.slice(0, 5).map((one) => legsOf(one)[0]!.summary);
    expect(summaries[0]).toContain('waiting for 1 of 1 crawl, asked again after 2026-11-21 06:32 UTC');
    expect(summaries[3]).toContain('1 job waits for crawls');
    expect(summaries[4]).toContain('1 job done: 2 inserted');
  });

  it('is told of in the plans between: what waits, since when, and for how much longer', () => {
    const plan = legsOf(ran[2]!, 'plan')[0]!.summary;
    expect(plan).toContain(
      'waiting for 1 of 1 crawl since 2026-11-21 06:17 UTC, until 2026-11-22 06:17 UTC at the latest',
    );
  });

  it('costs five minutes of machines, where one that waits costs 220', async () => {
    const legs = ran.flatMap((one) => legsOf(one));
    // What each took here is far below a minute, and so it is at GitHub.
    expect(legs).toHaveLength(5);
    const here = await project({
      'ingestion-config.yaml': JSON.stringify(config({ wait_seconds: 21_600, max_polls: 9999 })),
    });
    const clock = sharedClock();
    const { json, stderr } = await here.run(['run', 'posts', '--json'], { clock, env: fake.credentials });
    const [{ result, seconds, totals }] = json().results;
    expect([result, totals.inserted], stderr).toEqual(['done', 2]);
    expect([legs.length, billed(seconds)]).toEqual([5, 220]);
  });
});
