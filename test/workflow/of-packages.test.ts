/** The workflows that `tidemill generate` writes in a repository that has Tidemill as npm packages. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LEG_FLAGS } from '../../bench/fleet.ts';
import { version } from '../../orchestrator/app/version.ts';
import { type Project, project } from '../cli/project.ts';
import { brokenRules } from './rules.ts';
import { workflowText } from './scenario.ts';
import { readWorkflow } from './workflow.ts';

const FILES = ['data-ingestion-orchestrator.yaml', 'pages.yaml', 'watchdog.yaml'].map(
  (name) => `.github/workflows/${name}`,
);
const [INGESTION = ''] = FILES;
const CONFIG = `environments: { dev: { bucket: 's3://my-bucket' }, prd: { bucket: 'gs://my-bucket' } }
`;
const JOBS = {
  plays: { service: 'spotify', data_type: 'recently_played', cron: '7 * * * *' },
  orders: {
    service: 'shop',
    data_type: 'orders',
    command: './orders',
    cron: '7 * * * *',
    dependencies: ['SHOP_TOKEN'],
  },
};

/** JSON is YAML. */
const repository = (settings = '', { jobs = {}, services = {} }: Theirs = {}): Promise<Project> =>
  project({
    'ingestion-config.yaml': `${settings}${CONFIG}services: ${JSON.stringify({ spotify: {}, shop: {}, ...services })}
jobs: ${JSON.stringify({ ...JOBS, ...jobs })}
`,
    'scripts/requirements.txt': '',
  });

interface Theirs {
  readonly services?: object;
  readonly jobs?: object;
}

async function generated(settings = '', theirs: Theirs = {}): Promise<Project> {
  const own = await repository(settings, theirs);
  expect((await own.run(['generate', '--json'])).json()).toEqual({ stale: FILES, files: FILES });
  return own;
}

describe.each(['per_job', 'packed', 'single'])('with legs %s', (legs) => {
  it('nothing of the sources is left in them', async () => {
    const own = await generated(`global: { legs: ${legs} }\n`);
    for (const file of FILES) expect(own.read(file)).not.toMatch(/bundle|scripts\/|orchestrator\/|# \/?generated/i);
  });

  it('they take whatever names people give to what is theirs', async () => {
    const own = await generated(`global: { legs: ${legs} }\n`, {
      services: { bundle: { setup: { python: 'scripts/requirements.txt' } } },
      jobs: { bundle: { service: 'bundle', data_type: 'x', command: 'orchestrator/x', dependencies: ['BUNDLE_KEY'] } },
    });
    for (const file of FILES) expect(brokenRules(await readWorkflow(file, own.read(file)))).toEqual([]);
    expect(own.read(INGESTION)).toContain("'scripts/requirements.txt'");
    expect(own.read(INGESTION)).toContain('BUNDLE_KEY');
  });

  it('they are taken by GitHub’s parser, and break none of our rules', async () => {
    const own = await generated(`global: { legs: ${legs} }\n`);
    for (const file of FILES) expect(brokenRules(await readWorkflow(file, own.read(file)))).toEqual([]);
  });

  it('every machine installs what the repository depends on, once, and starts Tidemill from there', async () => {
    const own = await generated(`global: { legs: ${legs} }\n`);
    for (const file of FILES) {
      const { jobs } = await readWorkflow(file, own.read(file));
      for (const { steps, id } of jobs) {
        const runs = steps.flatMap(({ fields }) => fields.get('run')?.toString() ?? []);
        const starting = runs.filter((run) => /\bnode\b/.test(run));
        for (const run of starting) {
          // The bench measures legs so.
          const flags = /mjs (run|legs) /.test(run) ? `${LEG_FLAGS.join(' ')} ` : '';
          expect(run.replace(/^exec /, '')).toMatch(`node ${flags}node_modules/tidemill/bin/tidemill.mjs `);
        }
        const installed = starting.length > 0 ? ['npm ci --omit=dev --ignore-scripts'] : [];
        expect(
          runs.filter((run) => run.startsWith('npm ')),
          id,
        ).toEqual(installed);
      }
    }
  });
});

it('they have the names of the shipped ones, by which the watchdog hears of the ingestion', async () => {
  const own = await generated();
  const nameIn = (text: string): string | undefined => /^name: (.*)$/m.exec(text)?.[1];
  const shipped = await Promise.all(FILES.map((file) => workflowText(basename(file))));
  expect(FILES.map((file) => nameIn(own.read(file)))).toEqual(shipped.map(nameIn));
});

it('they have the secrets of the services with jobs, and of no others', async () => {
  const text = (await generated()).read(INGESTION);
  const names = new Set(text.match(/(?<=secrets\.)[A-Z_]+/g));
  expect([...names].sort()).toEqual([
    ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'GCS_SERVICE_ACCOUNT_KEY', 'SHOP_TOKEN'],
    ...['SPOTIFY_CLIENT_ID', 'SPOTIFY_CLIENT_SECRET', 'SPOTIFY_REFRESH_TOKEN', 'TIDEMILL_STATE_KEY'],
    ...['TIDEMILL_STATE_KEY_PREVIOUS', 'TIDEMILL_WEBHOOK_URL'],
  ]);
});

describe('a plan', () => {
  const summaryOf = async (madeBy: string): Promise<string> => {
    const own = await project({ 'ingestion-config.yaml': 'jobs: {}\n' });
    const ran = await own.run(['plan'], { env: { GITHUB_ACTIONS: 'true', TIDEMILL_WORKFLOWS_MADE_BY: madeBy } });
    return ran.runner.summary;
  };

  it('is told by which version they were written', async () => {
    const [, madeBy = ''] = /TIDEMILL_WORKFLOWS_MADE_BY: '(.*)'/.exec((await generated()).read(INGESTION)) ?? [];
    expect(madeBy).toBe(version);
    expect(await summaryOf(madeBy)).not.toContain('⚠️');
  });

  it('says what to do where it was another one', async () => {
    expect(await summaryOf('0.0.1')).toContain(
      `⚠️ The workflows were written by Tidemill 0.0.1, and this is ${version}: run npx tidemill generate, and commit`,
    );
    expect(await summaryOf('99.0.0')).toContain(
      `and this is ${version}: run npm install, and commit package-lock.json`,
    );
  });
});

it('those of a newer version are not written by an older one', async () => {
  const own = await generated();
  const newer = own.read(INGESTION).replace(`MADE_BY: '${version}'`, "MADE_BY: '99.10.0'");
  own.write(INGESTION, newer);
  const { stderr, exit } = await own.run(['generate']);
  expect([exit, stderr]).toEqual([2, expect.stringContaining('Run npm install, then this again.')]);
  expect(own.read(INGESTION)).toBe(newer);
  own.write(INGESTION, newer.replace('99.10.0', '0.0.9'));
  expect((await own.run(['generate', '--json'])).json()).toMatchObject({ stale: [INGESTION] });
});

it('written again they are as they were, and keep the times that people gave them', async () => {
  const own = await generated();
  const before = own.read(INGESTION);
  own.write(INGESTION, before.replace("- cron: '17 * * * *'", "- cron: '3 */2 * * *'").replace('Plan', 'Think'));
  expect(await own.run(['generate'])).toMatchObject({ exit: 0, stdout: `Written:\n  ${INGESTION}\n` });
  expect(own.read(INGESTION)).toBe(before.replace("- cron: '17 * * * *'", "- cron: '3 */2 * * *'"));
  const two = before.replace("- cron: '17 * * * *'", "- cron: '3 8-18 * * 1-5'\n    - cron: '3 */6 * * 0,6'");
  own.write(INGESTION, two.replace('Plan', 'Think'));
  await own.run(['generate']);
  expect(own.read(INGESTION)).toBe(two);
  expect((await own.run(['generate', '--check'])).stdout).toBe('3 files, all fresh.\n');
});

it('one of the same name that is somebody’s own is left, and said', async () => {
  const own = await repository();
  const [, pages = ''] = FILES;
  own.write(pages, 'name: My site\non: push\njobs: {}\n');
  expect((await own.run(['init'])).stdout).toContain(
    `  ${pages} is there, and is not Tidemill’s: give it another name`,
  );
  expect((await own.run(['generate'])).stdout).toBe(
    `2 files, all fresh.\n${pages} is left: it is not Tidemill’s. Give it another name to have ours.\n`,
  );
  expect((await own.run(['generate', '--check', '--json'])).json()).toMatchObject({ stale: [], left: [pages] });
  expect(own.read(pages)).toContain('My site');
});

it('those of a copy of the sources are written anew', async () => {
  const own = await repository();
  for (const file of FILES) own.write(file, await workflowText(basename(file)));
  expect((await own.run(['generate', '--json'])).json()).toEqual({ stale: FILES, files: FILES });
});

it('they are fresh whatever ends of lines git gives them', async () => {
  const own = await generated();
  for (const file of FILES) own.write(file, own.read(file).replaceAll('\n', '\r\n'));
  expect((await own.run(['generate', '--check'])).stdout).toBe('3 files, all fresh.\n');
  expect((await own.run(['init', '--json'])).json()).toMatchObject({ left: [] });
});

it('a check names what is stale, and writes nothing', async () => {
  const own = await repository();
  const checked = await own.run(['generate', '--check']);
  expect(checked).toMatchObject({ exit: 1, stdout: expect.stringContaining(`  ${INGESTION}\n`) });
  expect(existsSync(own.path('.github'))).toBe(false);
});

it('a checkout of the sources has a way of its own', async () => {
  const own = await repository();
  own.write('orchestrator/workflows/fill.ts', '');
  expect(await own.run(['generate'])).toMatchObject({ exit: 2, stderr: expect.stringContaining('npm run generate') });
});
