/** Whose secrets a leg is given, by the real workflow: for every job of the configuration, and for every connector. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Connector } from '@tidemill/kit';
import { STATE_KEY } from '@tidemill/kit/credentials';
import { beforeAll, describe, expect, it } from 'vitest';
import { FaultList } from '../../orchestrator/config/faults.ts';
import { readYaml } from '../../orchestrator/config/yaml-source.ts';
import { type Secret, secretsOf, withSecrets } from '../../orchestrator/workflows/secrets.ts';
import { connectorsIn } from '../../scripts/documents/connectors.ts';
import { secretsIn } from '../../scripts/documents/workflow.ts';
import type { WorkflowRun } from './harness.ts';
import type { Leg } from './leg.ts';
import { makeRepository, type Repository } from './repository.ts';
import { legsOf, logOf, type Options, orchestrator, run } from './scenario.ts';
import { textsOf } from './steps.ts';
import { resolve as resolveToken } from './workflow.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NOW = '2026-11-21T06:17:00Z';
const BUCKET_KEY = 'GCS_SERVICE_ACCOUNT_KEY';

const connectors = (await connectorsIn(ROOT)).map(({ connector }) => connector);
const secrets = await secretsIn(ROOT);

/** The jobs as they are configured, and one for each data type that no job fetches. */
async function everyJob(): Promise<Record<string, { readonly service: string; readonly dependencies?: string[] }>> {
  const text = await readFile(resolve(ROOT, 'ingestion-config.yaml'), 'utf8');
  const source = readYaml('ingestion-config.yaml', text, new FaultList());
  const more = connectors.flatMap(({ service, streams }) => {
    return streams.map(({ name }) => [`more_${service}_${name}`, { service, data_type: name }] as const);
  });
  return { ...(source?.at(['jobs']) as object), ...Object.fromEntries(more) };
}

/** Names and values of all secrets that anything here reads, and of one that nothing does. */
const contentsOf = (name: string): string => `the value of ${name}`;
const names = [...secrets.map(({ name }) => name), BUCKET_KEY, 'NOBODYS'];
const ALL = { values: {}, environments: { dev: Object.fromEntries(names.map((name) => [name, contentsOf(name)])) } };

const EVERYTHING: Options = {
  event: { name: 'workflow_dispatch', inputs: { force: true } },
  evaluateOnly: ['ingest', 'report'],
  secrets: ALL,
};

/** Secrets whose value some step is given, as a variable or as an input. */
const seenBy = ({ steps }: Leg): string[] => {
  const values = steps.flatMap(({ given }) => given);
  return names.filter((name) => values.some((value) => value.includes(contentsOf(name))));
};

describe('with every job of every connector', () => {
  let repository: Repository;
  let jobs: Awaited<ReturnType<typeof everyJob>>;
  let ran: WorkflowRun;

  beforeAll(async () => {
    jobs = await everyJob();
    repository = await makeRepository({ jobs });
    ran = await run(repository, NOW, EVERYTHING);
    expect(ran.conclusion, logOf(ran)).toBe('success');
  });

  /** What a leg may see, by the connector's own declaration and the jobs' own words. */
  function ownSecrets(leg: Leg): string[] {
    const ids = String(leg.matrix['runs'])
      .split(' ')
      .map((word) => word.split('@')[0]!);
    const services = new Set(ids.map((id) => jobs[id]!.service));
    const own = connectors.filter(({ service }) => services.has(service));
    const declared = own.flatMap(({ credentials }) => credentials.filter(({ use }) => use !== 'sign-in'));
    const keys = own.some(({ oauth, tokens }) => ((oauth ?? tokens)?.rotation ?? 'never') !== 'never')
      ? [STATE_KEY]
      : [];
    const named = Object.values(jobs).flatMap(({ service, dependencies = [] }) => {
      return services.has(service) ? dependencies : [];
    });
    return [...declared.map(({ name }) => name), ...keys, ...named];
  }

  /** `LEG: SECRET` for each that a leg sees and is none of its business. */
  const foreignSecrets = (of: WorkflowRun): string[] =>
    legsOf(of).flatMap((leg) => {
      const own = [...ownSecrets(leg), BUCKET_KEY, `${STATE_KEY}_PREVIOUS`];
      return seenBy(leg)
        .filter((name) => !own.includes(name))
        .map((name) => `${leg.name}: ${name}`);
    });

  it('there is a leg for each of them', () => {
    const legs = legsOf(ran).flatMap((leg) => String(leg.matrix['runs']).split(' '));
    expect(legs.map((word) => word.split('@')[0]).sort()).toEqual(Object.keys(jobs).sort());
    expect(new Set(legsOf(ran).flatMap((leg) => leg.matrix['services'] as string[])).size).toBeGreaterThan(5);
  });

  it('no leg is given a secret of another service', () => {
    expect(foreignSecrets(ran)).toEqual([]);
  });

  it('and each is given all of its own', () => {
    for (const leg of legsOf(ran)) expect(seenBy(leg), leg.name).toEqual(expect.arrayContaining(ownSecrets(leg)));
  });

  it('the planner is given none, only the names of those there are', () => {
    const [plan] = legsOf(ran, 'plan');
    expect(seenBy(plan!)).toEqual([BUCKET_KEY]);
    const { env } = plan!.steps.find(({ name }) => name === 'Plan')!;
    expect(env['TIDEMILL_CREDENTIALS']!.split(/[\s,]+/).filter((name) => name !== '')).toEqual(
      secrets.map(({ name }) => name),
    );
  });

  it('what has no secrets goes without a leg, and says what it lacks; the others run', async () => {
    const without = await run(repository, NOW, { ...EVERYTHING, secrets: { values: {} } });
    const isNeeded = ({ use, optional }: Connector['credentials'][number]): boolean =>
      use !== 'sign-in' && optional !== true;
    const content = connectors.filter(({ credentials }) => !credentials.some(isNeeded)).map(({ service }) => service);
    const needy = new Set(secrets.flatMap(({ services }) => services).filter((service) => !content.includes(service)));
    const free = Object.entries(jobs).filter(([, { service }]) => !needy.has(service));
    expect(legsOf(without).map(({ name }) => name)).toEqual(free.map(([id]) => id));
    expect(free.length).toBeGreaterThan(0);
    const summary = legsOf(without, 'plan')[0]!.summary.replaceAll('&#95;', '_');
    for (const { service, credentials } of connectors.filter(({ service }) => needy.has(service))) {
      const [first] = credentials.filter(isNeeded);
      expect(summary).toContain(first!.name);
      expect(summary).toContain(`connectors/${service}/README.md`);
    }
  });

  const LINE = /(?<= SPOTIFY_CLIENT_ID: \$\{\{ ).*(?= \}\})/;
  const OWN = '${{ secrets.SPOTIFY_CLIENT_ID }}';
  const broken: readonly [string, string | RegExp, string][] = [
    ['without its gate', LINE, 'secrets.SPOTIFY_CLIENT_ID'],
    [
      'behind a gate that any leg passes',
      LINE,
      "contains('spotify strava', matrix.services[0]) && secrets.SPOTIFY_CLIENT_ID",
    ],
    [
      'for the whole job',
      '    name: ${{ matrix.leg }}\n',
      `    name: \${{ matrix.leg }}\n    env: { ANY: '${OWN}' }\n`,
    ],
    ['as an input', /(?<= {10}cache: .*matrix\.outside.*\n)/, `          token: ${OWN}\n`],
  ];
  it.each(broken)('which would be seen: a secret %s', async (_, from, to) => {
    const workflow = await orchestrator((text) => text.replace(from, () => to));
    const event = { name: 'workflow_dispatch', inputs: { job: 'more_strava_athlete' } } as const;
    const small = await run(repository, NOW, { ...EVERYTHING, workflow, event });
    expect(foreignSecrets(small)).toEqual(['more_strava_athlete: SPOTIFY_CLIENT_ID']);
  });
});

describe('the list in the workflow', () => {
  /** What the planner's and the leg's step would be given, for a leg of the service. */
  async function envOf(
    list: readonly Secret[],
    values: Readonly<Record<string, string>>,
    service = 'shop',
    vars: Readonly<Record<string, string>> = {},
  ) {
    const { jobs } = await orchestrator((text) => withSecrets(text, list));
    const steps = jobs.flatMap((job) => job.steps);
    const matrix = { services: [service], runs: 'orders@manual-1' };
    const contexts = {
      secrets: values,
      vars,
      matrix,
      steps: {},
      inputs: {},
      needs: { plan: { outputs: { work: '{}' } } },
      runner: {},
      job: {},
    };
    const of = (name: string): Record<string, string> => {
      const step = steps.find(({ fields }) => fields.get('name')?.toString() === name)!;
      return textsOf(resolveToken(step.fields.get('env'), { contexts, status: 'success' }));
    };
    const names = of('Plan')['TIDEMILL_CREDENTIALS']!.replaceAll(/\s+/g, '');
    return { names, ingest: of('Ingest') };
  }

  it('has the variables that jobs name, in any case, for all jobs of their services', async () => {
    const jobs = [
      { service: 'shop', dependencies: ['SHOP_TOKEN', 'shop_user'] },
      { service: 'crm', dependencies: ['SHOP_TOKEN'] },
    ];
    const list = secretsOf([], jobs);
    expect(list).toEqual([
      { name: 'SHOP_TOKEN', services: ['crm', 'shop'], mayBeVariable: true },
      { name: 'shop_user', services: ['shop'], mayBeVariable: true },
    ]);
    const values = { SHOP_TOKEN: 'token-of-the-shop', SHOP_USER: 'user-of-the-shop' };
    expect((await envOf(list, values)).ingest).toMatchObject({
      SHOP_TOKEN: values.SHOP_TOKEN,
      shop_user: values.SHOP_USER,
    });
    const other = await envOf(list, values, 'crm');
    expect(other.ingest).toMatchObject({ SHOP_TOKEN: values.SHOP_TOKEN, shop_user: '' });
    expect(other.names).toBe(',SHOP_TOKEN,shop_user,');
  });

  it('takes what no connector calls a secret from the variables, where it stands there', async () => {
    const credentials = [
      { name: 'SHOP_NAME', description: '', secret: false },
      { name: 'SHOP_TOKEN', description: '' },
    ] as const;
    const list = secretsOf(
      [{ service: 'shop', credentials, rotation: 'never' }],
      [{ service: 'shop', dependencies: ['SHOP_TOKEN', 'SHOP_PLACE'] }],
    );
    const variables = { SHOP_NAME: 'shop', SHOP_PLACE: '1', SHOP_TOKEN: 'open' };
    const among = await envOf(list, { SHOP_TOKEN: 'hidden' }, 'shop', variables);
    expect(among.ingest).toMatchObject({ SHOP_NAME: 'shop', SHOP_PLACE: '1', SHOP_TOKEN: 'hidden' });
    expect(among.names).toBe(',SHOP_NAME,SHOP_TOKEN,SHOP_PLACE,');
    expect((await envOf(list, {}, 'crm', variables)).ingest).toMatchObject({ SHOP_NAME: '', SHOP_PLACE: '' });
    // A token in the open is one that nobody hides: it is not looked for there.
    expect((await envOf(list, {}, 'shop', variables)).names).toBe(',SHOP_NAME,SHOP_PLACE,');
    expect((await envOf(list, { SHOP_NAME: 'of old' })).ingest).toMatchObject({ SHOP_NAME: 'of old' });
  });

  it('takes nothing away that the machine or the step has anyway', async () => {
    const list = secretsOf([], [{ service: 'shop', dependencies: ['PATH', BUCKET_KEY, 'RUNS', 'GITHUB_TOKEN'] }]);
    const { names, ingest } = await envOf(list, { GITHUB_TOKEN: 'of the run', [BUCKET_KEY]: 'of the bucket' });
    expect(Object.keys(ingest)).not.toContain('PATH');
    expect(ingest['RUNS']).toBe('orders@manual-1');
    expect(ingest['GITHUB_TOKEN']).toBe('of the run');
    expect(names).toBe(`PATH,${BUCKET_KEY},GITHUB_TOKEN,`);
  });

  it('is empty and still a list when nothing needs a secret', async () => {
    expect((await envOf([], {})).names).toBe(',');
  });

  it('is not written into a workflow that has no place for it', () => {
    expect(() => withSecrets('jobs: {}\n', [])).toThrow('# generated:secret-names');
  });
});
