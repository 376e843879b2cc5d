import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from '../../test/fixtures/config.ts';
import { installedDrivers } from '../drivers/find.ts';
import { cronFault } from '../plan/cron.ts';
import type { Config, Job } from './job.ts';
import { loadConfig } from './load.ts';

const job = (config: Config, id: string): Job => {
  const found = config.jobs.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no job ${id}`);
  return found;
};

/** One job of a connector, with the given lines added to it. */
const withJob = (lines = '', head = ''): string =>
  `${head}jobs:\n  a:\n    service: demo\n    data_type: rows\n${lines}`;

describe('defaults', () => {
  it('fills in everything a job does not say', () => {
    expect(load(withJob()).jobs).toEqual([
      {
        id: 'a',
        place: { file: 'ingestion-config.yaml', line: 2, column: 3 },
        service: 'demo',
        data_type: 'rows',
        description: '',
        cron: undefined,
        timezone: 'UTC',
        environments: [],
        warehouses: [],
        enabled: true,
        command: undefined,
        working_directory: '/project',
        dependencies: [],
        options: {},
        columns: undefined,
        primary_key: [],
        write: 'append',
        scope: 'changes',
        changes: false,
        crawl: {
          wait_seconds: 60,
          poll_interval_seconds: 30,
          max_polls: 120,
          ask_again_minutes: 15,
          deadline_minutes: 1440,
          max_concurrent: 10,
        },
        tolerance_minutes: 60,
        catchup: 'latest',
        breaker_failures: 5,
        breaker_minutes: 360,
        max_lateness_minutes: undefined,
        previous_ids: [],
        max_catchup: 10,
        max_attempts: 3,
        timeout_minutes: 30,
        retry_attempts: 3,
        max_reject_ratio: 0.1,
        min_rejects: 2,
        max_delete_ratio: 0.5,
        max_delete_rows: 20,
        expect: {},
      },
    ]);
  });

  it('takes what the job does not say from global, and what it says from the job', () => {
    const global = `global:
  timezone: Europe/Berlin
  tolerance_minutes: 5
  catchup: all
  max_catchup: 4
  max_attempts: 7
  timeout_minutes: 12
  retry_attempts: 0
  max_reject_ratio: 0.5
  max_lateness_minutes: 600
  breaker_failures: 2
  breaker_minutes: 30
  max_parallel_jobs: 2
`;
    const own =
      '    timezone: Asia/Tokyo\n    catchup: none\n    retry_attempts: 1\n    tolerance_minutes: 0\n    breaker_minutes: 90\n';
    const config = load(withJob(own, global));
    expect(config.max_parallel_jobs).toBe(2);
    expect(job(config, 'a')).toMatchObject({
      timezone: 'Asia/Tokyo',
      tolerance_minutes: 0,
      catchup: 'none',
      max_catchup: 4,
      max_attempts: 7,
      timeout_minutes: 12,
      retry_attempts: 1,
      max_reject_ratio: 0.5,
      max_lateness_minutes: 600,
      breaker_failures: 2,
      breaker_minutes: 90,
    });
  });

  it('reads sections without content as sections that are not there', () => {
    const config = load('global:\nenvironments:\nservices:\njobs:\njob_groups:\n', '# no groups\n');
    expect(config.jobs).toEqual([]);
    expect([...config.environments.keys()]).toEqual(['local']);
    expect(config.groups.size).toBe(0);
  });

  it('upserts by the primary key of a command job, and appends without one', () => {
    const table = '    command: program\n    columns: { id: bigint, at: timestamptz }\n';
    expect(job(load(withJob(`${table}    primary_key: [id]\n`)), 'a').write).toBe('upsert');
    expect(job(load(withJob(table)), 'a').write).toBe('append');
  });

  it('reads replace as what it is written for now: upsert, and a scope of everything', () => {
    const keyed = '    command: program\n    columns: { id: bigint }\n    primary_key: [id]\n';
    expect(job(load(withJob(keyed)), 'a').scope).toBe('changes');
    const everything = { write: 'upsert', scope: 'everything' };
    expect(job(load(withJob(`${keyed}    scope: everything\n`)), 'a')).toMatchObject(everything);
    for (const older of ['write: replace', 'write: replace\n    scope: everything'])
      expect(job(load(withJob(`${keyed}    ${older}\n`)), 'a')).toMatchObject(everything);
  });
});

describe('transform', () => {
  it('is off unless it is switched on, and its project is the folder dbt beside the file', () => {
    const off = { enabled: false, project: '/project/dbt', expect: { max_failed_tests: 0 } };
    expect(load(withJob('')).transform).toEqual(off);
    expect(load(`${withJob('')}transform:\n`).transform).toEqual(off);
    const more = 'transform: { enabled: true, project: models/dbt, expect: { max_failed_tests: 2 } }\n';
    expect(load(`${withJob('')}${more}`).transform).toEqual({
      enabled: true,
      project: '/project/models/dbt',
      expect: { max_failed_tests: 2 },
    });
  });
});

/** Where no configuration says otherwise. */
const LOCAL_EVENTS = {
  name: expect.stringMatching(/^file-[0-9a-f]{10}$/),
  to: 'file:///project/.tidemill/local/events.ndjson',
  kinds: [],
  jobs: undefined,
};

describe('environments', () => {
  it('always has a local one, in the folder of the file', () => {
    expect(load(withJob()).environments.get('local')).toEqual({
      name: 'local',
      bucket: '/project/.tidemill/local/bucket',
      warehouses: new Map([['main', '/project/.tidemill/local/warehouse.duckdb']]),
      events: [LOCAL_EVENTS],
    });
  });

  it('makes dev and prd of the buckets in global, where environments names none', () => {
    const head = `global: { gcs_bucket_dev: my-dev, gcs_bucket_prd: gs://my-prd }
environments:
  prd: { bucket: 's3://other/prefix', warehouse: ../prd.duckdb }
  local: { bucket: ../bucket }
`;
    const main = (file: string) => new Map([['main', file]]);
    expect([...load(withJob('', head)).environments.values()]).toEqual([
      {
        name: 'local',
        bucket: '/bucket',
        warehouses: main('/project/.tidemill/local/warehouse.duckdb'),
        events: [LOCAL_EVENTS],
      },
      { name: 'dev', bucket: 'gs://my-dev', warehouses: main('lake'), events: [] },
      { name: 'prd', bucket: 's3://other/prefix', warehouses: main('/prd.duckdb'), events: [] },
    ]);
  });

  it('have as many warehouses as are named, in that order, of which a job may choose', () => {
    const head = 'environments: { local: { warehouse: { main: a.duckdb, archive: /b.duckdb } } }\n';
    const config = load(withJob('    warehouses: [archive]\n', head));
    expect([...(config.environments.get('local')?.warehouses ?? [])]).toEqual([
      ['main', '/project/a.duckdb'],
      ['archive', '/b.duckdb'],
    ]);
    expect(job(config, 'a').warehouses).toEqual(['archive']);
    expect(job(load(withJob('    warehouses: [main]\n')), 'a').warehouses).toEqual(['main']);
    expect(job(load(withJob('', head)), 'a').warehouses).toEqual([]);
  });

  it('keeps URLs as they are', () => {
    const head = "environments: { prd: { bucket: 'gs://b/x' } }\n";
    expect(load(withJob('', head)).environments.get('prd')?.bucket).toBe('gs://b/x');
  });
});

describe('services', () => {
  it('names the package of the connector unless told another one', () => {
    const head = `services:
  demo:
  other: { package: '@example/connector', base_url: 'http://127.0.0.1:8080/api', serial: true }
`;
    const { services } = load(withJob('', head));
    expect(services.get('demo')).toMatchObject({ package: '@tidemill/demo', base_url: undefined, serial: false });
    expect(services.get('other')).toMatchObject({
      package: '@example/connector',
      base_url: 'http://127.0.0.1:8080/api',
      serial: true,
    });
  });

  it('takes the services from the jobs when there is no section of them', () => {
    expect([...load(withJob()).services.keys()]).toEqual(['demo']);
  });

  it.each([
    ['fetch.ts', ['node', '/project/ingestion/fetch.ts', 'rows']],
    ['fetch.js', ['node', '/project/ingestion/fetch.js', 'rows']],
    ['fetch.mjs', ['node', '/project/ingestion/fetch.mjs', 'rows']],
    ['src/fetch.py', ['python3', '/project/ingestion/src/fetch.py', 'rows']],
    ['fetch.sh', ['bash', '/project/ingestion/fetch.sh', 'rows']],
    ['fetch', ['/project/ingestion/fetch', 'rows']],
  ])('runs the fetch_script %s in base_path, with the data type as its argument', (script, command) => {
    const head = `services: { demo: { base_path: ./ingestion, fetch_script: ${script} } }\n`;
    expect(job(load(withJob('', head)), 'a')).toMatchObject({ command, working_directory: '/project/ingestion' });
  });

  it.each([
    ['[tap, --config, tap.json]', ['tap', '--config', 'tap.json', 'rows']],
    ['tap | sort #', 'tap | sort # rows'],
  ])(
    'runs the command of a service in the folder of the file, with the data type as its last argument: %s',
    (own, command) => {
      const head = `services: { demo: { base_path: ./ingestion, command: ${JSON.stringify(own).replace(/^"\[(.*)\]"$/, '[$1]')} } }\n`;
      const config = load(withJob('    columns: { id: bigint }\n    primary_key: [id]\n', head));
      expect(job(config, 'a')).toMatchObject({ command, working_directory: '/project', write: 'upsert' });
      expect(config.services.get('demo')?.program_package).toBeUndefined();
    },
  );

  it('knows which package brings the program of a service', () => {
    const head =
      'services: { demo: { package: "@acme/taps", command: [tap], setup: { python: [tap==1.0, "x[y]>=2"] } } }\n';
    expect(load(withJob('', head)).services.get('demo')).toMatchObject({
      program_package: '@acme/taps',
      setup: { python: ['tap==1.0', 'x[y]>=2'] },
    });
  });

  it('prefers the command of a job, which runs in the folder of the file', () => {
    const head = 'services: { demo: { base_path: ./ingestion, fetch_script: fetch.ts } }\n';
    const { command, working_directory } = job(load(withJob('    command: make rows\n', head)), 'a');
    expect({ command, working_directory }).toEqual({ command: 'make rows', working_directory: '/project' });
  });
});

describe('jobs', () => {
  it('reads a list of jobs as well; the place of one is its id', () => {
    const config = load(`jobs:
  - service: demo
    id: first
    data_type: rows
  - { id: second, service: demo, data_type: rows, environment: local }
`);
    expect(config.jobs.map(({ id, place: { line, column } }) => [id, line, column])).toEqual([
      ['first', 3, 5],
      ['second', 5, 7],
    ]);
    expect(job(config, 'second').environments).toEqual(['local']);
  });

  it('keeps the order of the file and hands options on as they are', () => {
    const config = load(`jobs:
  z: { service: demo, data_type: rows, options: { version: 1.2.3, nested: { list: [1, null, on] } } }
  10: { service: demo, data_type: rows }
  constructor: { service: demo, data_type: rows, options: { constructor: { toString: 1 } } }
`);
    expect(config.jobs.map(({ id }) => id)).toEqual(['z', '10', 'constructor']);
    expect(job(config, 'z').options).toEqual({ version: '1.2.3', nested: { list: [1, null, 'on'] } });
    expect(Object.keys(job(config, 'constructor').options)).toEqual(['constructor']);
  });

  it('merges anchors; keys of the job itself win, and earlier sources over later ones', () => {
    const config = load(`x-daily: &daily { cron: '1 2 * * *', timezone: Asia/Tokyo, max_attempts: 9 }
x-demo: &demo { service: demo, data_type: rows, max_attempts: 8 }
jobs:
  a:
    <<: [*daily, *demo]
    timezone: UTC
  b: { timezone: Europe/Rome, <<: *demo }
`);
    expect(job(config, 'a')).toMatchObject({ service: 'demo', cron: '1 2 * * *', timezone: 'UTC', max_attempts: 9 });
    expect(job(config, 'b')).toMatchObject({ service: 'demo', timezone: 'Europe/Rome', max_attempts: 8 });
    expect(job(config, 'b').place).toEqual({ file: 'ingestion-config.yaml', line: 7, column: 3 });
  });

  it.each(['UTC', 'GMT', 'US/Eastern', 'europe/berlin', 'Etc/GMT+5', 'Asia/Calcutta'])('knows the zone %s', (zone) => {
    expect(job(load(withJob(`    timezone: ${zone}\n`)), 'a').timezone).toBe(zone);
  });
});

describe('an existing configuration', () => {
  const OLD = `global:
  timezone: "America/New_York"
  retry_attempts: 2
  max_parallel_jobs: 4
  gcs_bucket_dev: "acme-ingestion-dev"
  gcs_bucket_prd: "acme-ingestion-prd"
  timeout_minutes: 45

services:
  sales:
    base_path: "services/sales"
    fetch_script: "fetch_data.py"
    supported_data_types:
      - orders
      - customers

jobs:
  sales_orders:
    service: sales
    data_type: orders
    description: "Orders of the day"
    cron: "15 6 * * *"
    environment: prd
    enabled: true
    dependencies:
      - SALES_API_KEY
  sales_customers:
    service: sales
    data_type: customers
    description: "Customers"
    cron: "0 7 * * 1"
    command: "python3 export_customers.py --all"
    environment: [dev, prd]
    enabled: false
    dependencies: []
`;
  const OLD_GROUPS = 'job_groups:\n  sales: [sales_orders, sales_customers]\n';

  it('loads as it is', () => {
    const config = load(OLD, OLD_GROUPS);
    expect(config.max_parallel_jobs).toBe(4);
    expect([...config.environments.values()].map(({ name, bucket }) => [name, bucket])).toEqual([
      ['local', '/project/.tidemill/local/bucket'],
      ['dev', 'gs://acme-ingestion-dev'],
      ['prd', 'gs://acme-ingestion-prd'],
    ]);
    expect(job(config, 'sales_orders')).toMatchObject({
      description: 'Orders of the day',
      cron: '15 6 * * *',
      timezone: 'America/New_York',
      environments: ['prd'],
      enabled: true,
      command: ['python3', '/project/services/sales/fetch_data.py', 'orders'],
      working_directory: '/project/services/sales',
      dependencies: ['SALES_API_KEY'],
      retry_attempts: 2,
      timeout_minutes: 45,
    });
    expect(job(config, 'sales_customers')).toMatchObject({
      enabled: false,
      environments: ['dev', 'prd'],
      command: 'python3 export_customers.py --all',
      working_directory: '/project',
    });
    expect(config.groups.get('sales')?.jobs).toEqual(['sales_orders', 'sales_customers']);
  });

  it('may hold its groups in the main file', () => {
    expect(load(`${OLD}\n${OLD_GROUPS}`).groups.get('sales')?.jobs).toEqual(['sales_orders', 'sales_customers']);
  });
});

describe('the configuration of this repository', () => {
  const file = resolve(import.meta.dirname, '../../ingestion-config.yaml');

  it('loads, and npm start runs every job of it that needs no account', () => {
    const readFile = (path: string): string => readFileSync(path, 'utf8');
    const config = loadConfig({ file, checkCron: cronFault, drivers: installedDrivers, readFile });
    const anywhere = config.jobs.filter(({ environments }) => environments.length === 0).map(({ id }) => id);
    expect(config.groups.get('starter')?.jobs).toEqual(anywhere);
    expect(anywhere).toHaveLength(8);
    expect(config.jobs.filter(({ environments }) => environments.join() === 'dev')).toHaveLength(13);
    expect(config.jobs[0]?.place.file).toBe(file);
    expect(config.environments.get('local')?.bucket).toBe(join(file, '../.tidemill/local/bucket'));
  });

  it.each(['ingestion-config', 'job-groups'])('names the JSON Schema of %s for editors', (name) => {
    const [first] = readFileSync(join(file, `../${name}.yaml`), 'utf8').split('\n');
    expect(first).toBe(`# yaml-language-server: $schema=docs/schemas/${name}.schema.json`);
  });
});
