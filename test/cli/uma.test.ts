/** A service whose tokens are made of a key, each for one address: what somebody sees who has such a key, from the check to a backfill. */
import { expect, it, onTestFinished } from 'vitest';
import { startUmaExport, type UmaContents } from '../fakes/uma-export.ts';
import { project } from './project.ts';

const READY = { r: { 1: { rate: 0.5 }, 2: { rate: 0.25 } } };

async function place(contents: UmaContents) {
  const fake = await startUmaExport();
  onTestFinished(() => fake.close());
  fake.publish(contents);
  const services = { chromium_uma: { base_url: fake.baseUrl, auth_url: fake.authUrl } };
  const jobs = { use: { service: 'chromium_uma', data_type: 'feature_use', cron: '29 3,9,15,21 * * *' } };
  const environments = { dev: { bucket: 'bucket', warehouse: 'warehouse.duckdb' } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify({ environments, services, jobs }) });
  const run = async (args: readonly string[], now?: string, env?: Readonly<Record<string, string>>) => {
    if (now !== undefined) fake.setTime(new Date(now));
    const outcome = await here.run([...args, '--environment', 'dev'], {
      env: env ?? fake.credentials,
      person: {},
      ...(now === undefined ? {} : { now }),
    });
    for (const secret of fake.secrets) expect(`${outcome.stdout}${outcome.stderr}`.includes(secret)).toBe(false);
    return outcome;
  };
  return { fake, run };
}

it('a key is tried, and not shown', async () => {
  const { fake, run } = await place({});
  const fine = await run(['auth', 'chromium_uma']);
  expect([fine.exit, fine.stderr]).toEqual([0, '']);
  expect(fine.stdout).not.toContain('CHROMIUM_UMA_SERVICE_ACCOUNT_KEY=');
  const old = fake.credentials;
  fake.revokeTokens();
  Object.defineProperty(fake, 'credentials', { value: old });
  const dead = await run(['auth', 'chromium_uma']);
  expect([dead.exit, dead.stderr]).toEqual([3, expect.stringContaining('oauth-grant')]);
  const refused = await run(['run', 'use']);
  expect([refused.exit, refused.stdout]).toEqual([
    3,
    expect.stringContaining('chromium_uma does not accept CHROMIUM_UMA_SERVICE_ACCOUNT_KEY any more'),
  ]);
  expect(refused.stdout).toContain('Make a new key of the service account');
});

it('days are loaded when they are ready, and what was never ready is told once', async () => {
  const { fake, run } = await place({ 20261116: READY, 20261117: READY, 20261119: READY });
  const one = await run(['run', 'use', '--json']);
  expect(one.json().results).toMatchObject([{ result: 'done', totals: { packages: 3, inserted: 6 } }]);
  expect(one.json().results[0].notices).toEqual([
    'not ready yet, and asked for again by the next run: 2026-11-18, 2026-11-20',
  ]);
  fake.publish({ 20261120: READY });
  const two = await run(['run', 'use', '--json'], '2026-11-25T06:30:00Z');
  expect(two.json().results).toMatchObject([{ result: 'done', totals: { packages: 1, inserted: 2 } }]);
  const told = 'still not ready, given up, and so without rows: 2026-11-18';
  expect(two.json().results[0].notices[0]).toContain(told);
  const three = await run(['run', 'use', '--json'], '2026-11-25T12:30:00Z');
  expect([three.exit, three.stdout.includes(told)]).toEqual([0, false]);
  fake.publish({ 20261118: READY, 20260101: READY });
  // As the notice says it.
  const span = /--from \S+ --to [^` ]+/.exec(two.json().results[0].notices[0])?.[0].split(' ') ?? [];
  const requests = fake.requests;
  const back = await run(['backfill', 'use', ...span, '--json'], '2026-11-25T18:30:00Z');
  expect(back.json().results.map(({ totals }: { totals: object }) => totals)).toEqual(
    expect.arrayContaining([expect.objectContaining({ inserted: 2 })]),
  );
  expect([back.exit, fake.requests - requests]).toEqual([0, 1]);
  const rows = await run(['query', 'SELECT day, count(*) FROM chromium_uma.feature_use GROUP BY day ORDER BY day']);
  for (const day of ['16', '17', '18', '19', '20']) expect(rows.stdout).toContain(`2026-11-${day}`);
});

it('a machine of GitHub needs no key', async () => {
  const { fake, run } = await place({ 20261116: READY });
  const { credentials, env } = fake.federated;
  const fine = await run(['run', 'use', '--json'], undefined, { ...credentials, ...env });
  expect(fine.json().results).toMatchObject([{ result: 'done', totals: { inserted: 2 } }]);
  const elsewhere = await run(['run', 'use', '--json'], undefined, credentials);
  expect(elsewhere.json().results[0].failure).toMatchObject({ kind: 'config', code: 'uma-identity' });
  const [[name = '', file = ''] = []] = Object.entries(credentials);
  const other = { ...env, [name]: file.replaceAll('providers/github', 'providers/other') };
  const refused = await run(['run', 'use', '--json'], undefined, other);
  expect(refused.json().results[0].failure).toMatchObject({ kind: 'auth' });
});
