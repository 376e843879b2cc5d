/** A week of a team that does not exist: real runs of the command line, at times that are told, and programs that invent records. */
import { setTimeout } from 'node:timers/promises';
import { type Project, project } from '../cli/project.ts';

const FIRST = Date.parse('2026-11-14T00:17:00Z');
const DAYS = 8;
const HOUR = 3_600_000;
/** How far the clock goes each time it is asked: with it runs take seconds, and as many each time. */
const STEP = 90;

/** As many records as the digits of the slot say; and of one job no answer for a while. */
const ROWS = `{
  for (i = 1; i <= length(slot); i++) if (substr(slot, i, 1) ~ /[0-9]/) seed = (seed * 31 + substr(slot, i, 1)) % 9973
  if (down != "" && slot >= down && slot < up) { print "HTTP 503 from https://ads.example/costs" > "/dev/stderr"; exit 75 }
  for (i = 0; i < most / 2 + seed % most; i++)
    printf "{\\"id\\": %d, \\"total\\": \\"%s\\", \\"at\\": \\"%s\\"}\\n", seed * 1000 + i, (odd && i == 3) ? "n/a" : i ".50", slot
}`;

interface Invented {
  readonly cron: string;
  readonly most: number;
  /** Between these slots the source does not answer. */
  readonly down?: readonly [from: string, to: string];
  /** One record of each run does not fit. */
  readonly odd?: true;
}

const JOBS: Readonly<Record<string, Invented>> = {
  shop_orders: { cron: '7 */2 * * *', most: 400 },
  shop_refunds: { cron: '9 */6 * * *', most: 20, odd: true },
  crm_contacts: { cron: '11 */4 * * *', most: 60 },
  crm_deals: { cron: '13 6 * * *', most: 40 },
  ads_costs: { cron: '23 */6 * * *', most: 90, down: ['2026-11-17T18:00', '2026-11-18T07:00'] },
  ads_campaigns: { cron: '26 5 * * *', most: 30, down: ['2026-11-21T00:00', '2026-11-22T00:00'] },
  support_tickets: { cron: '3 */2 * * *', most: 120 },
  finance_rates: { cron: '15 7 * * 1-5', most: 30 },
};

const environments = { prd: { bucket: 'bucket', warehouse: 'warehouse.duckdb' } };
const serviceOf = (id: string): string => id.split('_')[0] ?? '';

function configText(): string {
  const jobs = Object.entries(JOBS).map(([id, { cron, most, down: [down, up] = ['', ''], odd }]) => {
    const values = { most, down, up, odd: odd === true ? 1 : 0 };
    const given = Object.entries(values).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
    const awk = `awk ${given.join(' ')} -v "slot=$TIDEMILL_SLOT" -f commands/rows.awk /dev/null`;
    const columns = { id: 'bigint', total: 'numeric', at: 'timestamptz' };
    const fields = { service: serviceOf(id), data_type: id.slice(serviceOf(id).length + 1), cron, columns };
    return [id, { ...fields, command: ['sh', '-c', awk], primary_key: ['id'], max_attempts: 2, retry_attempts: 0 }];
  });
  const services = Object.fromEntries(Object.keys(JOBS).map((id) => [serviceOf(id), {}]));
  return JSON.stringify({ environments, services, jobs: Object.fromEntries(jobs) }, undefined, 2);
}

export interface Past {
  /** What the last run with work says in its summary. */
  readonly summary: string;
  /** The history page, as HTML. */
  readonly page: string;
}

export async function pastOfATeam(): Promise<Past> {
  const own = await project({ 'ingestion-config.yaml': configText(), 'commands/rows.awk': `BEGIN ${ROWS}\n` });
  let summary = '';
  for (let at = FIRST; at < FIRST + (DAYS * 24 - 17) * HOUR; at += HOUR) {
    const outcome = await runAt(own, at, 'tick');
    if (outcome.includes('| job |')) summary = outcome;
  }
  await runAt(own, FIRST + (DAYS * 24 - 17) * HOUR, 'report', '--site', 'page', '--days', `${DAYS}`);
  return { summary, page: own.read('page/index.html') };
}

/** Answers the summary. */
async function runAt(own: Project, at: number, ...args: readonly string[]): Promise<string> {
  let asked = 0;
  const clock = {
    now: () => new Date(at + STEP * asked++),
    // What waits for a limit of time waits for as long as it takes.
    sleep: async (milliseconds: number, signal?: AbortSignal) => {
      await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal });
    },
  };
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'my-company/my-data',
    GITHUB_RUN_ID: `${at / 1000}`,
    TIDEMILL_ENVIRONMENT: 'prd',
  };
  const { runner } = await own.run(args, { clock, env });
  return runner.summary;
}
