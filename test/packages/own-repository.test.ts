/** `npm create tidemill`, and what comes after it in the repository that it makes. */
import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { pasted } from '../cli/pasted.ts';
import { emptyFolder, type Folder } from './folder.ts';

const FLAGS = '--bucket gs://my-data --environment dev --service spotify --no-schedule';

let here: Folder;
let said: string;

/** A line for the shell, in the repository; throws what it said where it does not end with 0. */
const done = (line: string): Promise<string> => here.done(['sh', '-c', `cd my-data && ${line}`]);
const read = (file: string): string => here.read(`my-data/${file}`);

beforeAll(async () => {
  here = emptyFolder();
  said = await here.done(['sh', '-c', `npm create --yes tidemill my-data -- ${FLAGS} 2>&1`]);
  await done('npm install');
});

it('npm create tidemill says what it took by default, and what comes next', () => {
  expect(said).toContain('warehouse: lake, as nothing else was said');
  expect(said).toContain('  cd my-data\n  npm install\n  npm start\n');
});

describe('in the repository', () => {
  it('nothing of Tidemill lies outside its packages', async () => {
    const names = (await readdir(here.path('my-data'))).filter((name) => name !== 'node_modules');
    expect(names.sort()).toEqual([
      ...['.github', '.gitignore', 'README.md', 'commands', 'ingestion-config.yaml', 'job-groups.yaml'],
      ...['package-lock.json', 'package.json'],
    ]);
    expect(await readdir(here.path('my-data/commands'))).toEqual(['heartbeat.mjs']);
  });

  it('the configuration is valid, its schemas are there, and the workflows are fresh', async () => {
    expect(await done('npm run --silent validate')).toContain('no fault');
    expect(await done('npm run --silent generate -- --check')).toBe('3 files, all fresh.\n');
    for (const file of ['ingestion-config.yaml', 'job-groups.yaml']) {
      const [, schema = ''] = /^# yaml-language-server: \$schema=(.*)$/m.exec(read(file)) ?? [];
      expect(JSON.parse(await readFile(here.path('my-data', schema), 'utf8'))).toHaveProperty('$schema');
    }
  });

  it('the models are there for who copies them', async () => {
    const command = 'npx tidemill transform --environment local';
    const refused = await done(`${command} 2>&1 || true`);
    const [, copy = ''] = /`(cp -r .*?)`/.exec(refused) ?? [];
    await done(copy);
    expect(read('dbt/dbt_project.yml')).toContain('model-paths');
    await done('rm -r dbt');
  });

  it('the example runs at once', async () => {
    expect(await done('npm start')).toContain('1 job done: 1 inserted');
  });

  it('init changes nothing', async () => {
    expect(await done('npx tidemill init')).toContain('Everything is here already; nothing was written.');
  });

  it('machines install neither what only this one needs nor what tests need', async () => {
    await done('npm ci --omit=dev --ignore-scripts');
    const names = await readdir(here.path('my-data/node_modules/@tidemill'));
    expect(names).toEqual(expect.arrayContaining(['spotify', 'storage-gcs', 'warehouse-lake']));
    expect(names).not.toContain('warehouse-duckdb');
    await done('npm install');
  });
});

it('a connector of one’s own is made, tested, configured and known to the workflows', async () => {
  expect(await done('npm run new-connector -- acme_crm')).toContain('connectors/acme_crm is there');
  await done('npm install');
  expect(await done('npx vitest run connectors/acme_crm')).toContain('acme_crm: contacts keeps the connector contract');
  expect(await done('npm test')).toContain('1 passed');
  const job = 'service: acme_crm, data_type: contacts, cron: "17 * * * *"';
  const config = read('ingestion-config.yaml').replace('services:\n', 'services:\n  acme_crm:\n');
  here.write('my-data/ingestion-config.yaml', `${config}\n  acme_crm_contacts: { ${job} }\n`);
  expect(await done('npx tidemill validate')).toContain('no fault');
  await done('npm run generate');
  expect(read('.github/workflows/data-ingestion-orchestrator.yaml')).toContain('secrets.ACME_CRM_TOKEN');
  const ran = await here.run(['sh', '-c', 'cd my-data && npx tidemill run acme_crm_contacts']);
  expect(ran.code).toBe(3);
  expect(ran.stdout + ran.stderr).toContain('ACME_CRM_TOKEN');
});

it('connectors of other kinds are made, configured and run with what was printed', async () => {
  const said = await done('npm run --silent new-connector -- price_lists --kind file');
  here.write('my-data/ingestion-config.yaml', pasted(read('ingestion-config.yaml'), said));
  const more = await done('npm run --silent new-connector -- own_program --kind command');
  here.write('my-data/ingestion-config.yaml', pasted(read('ingestion-config.yaml'), more));
  const [install = ''] = /npm install @tidemill\/files@.*/.exec(said) ?? [];
  await done(`npm run --silent new-connector -- web_shop --kind browser && ${install}`);
  expect(await done('npx tidemill validate')).toContain('no fault');
  const ran = await done('npx tidemill run price_lists_contacts own_program_contacts');
  expect(ran).toContain('2 jobs done: 8 inserted');
  await done('npm run generate');
  const vitest = 'NO_COLOR=1 TIDEMILL_BROWSER=/nowhere npx vitest run connectors/web_shop';
  expect(await done(`${vitest} 2>&1`)).toContain('2 passed | 1 skipped');
});
