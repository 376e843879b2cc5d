import { describe, expect, it } from 'vitest';
import { faultsOf, hintsOf, told, withJob } from '../../test/fixtures/config.ts';
import { installedDrivers } from '../drivers/find.ts';
import { locationText } from '../drivers/manifest.ts';
import { describeFaults } from './faults.ts';

/** The same with the given line as line 1. */
const below = (head: string): string => `${head}\n${withJob('')}`;

describe('the shape of the file', () => {
  it.each([
    ['', ['1:1 the file: expected a mapping, got nothing']],
    ['# only a comment\n', ['1:1 the file: expected a mapping, got nothing']],
    ['- a\n- b\n', ['1:1 the file: expected a mapping, got a list']],
    ['hello\n', ['1:1 the file: expected a mapping, got a text']],
    ['global: {}\n', ['1:1 "jobs" is missing: expected a mapping or a list']],
    ['jobs: 3\n', ['1:7 jobs: expected a mapping or a list, got a number']],
    ['jobs:\n  a:\n', ['2:5 jobs.a: expected a mapping, got nothing']],
    ['jobs:\n  - 3\n', ['2:5 jobs[0]: expected a mapping, got a number']],
    ['global: [1]\njobs:\n', ['1:9 global: expected a mapping, got a list']],
  ])('%j', (text, expected) => expect(told(text)).toEqual(expected));

  it.each([
    ['job:\n', '1:1 unknown key "job"', 'Did you mean "jobs"?'],
    [withJob('    croon: 1'), '5:5 jobs.a: unknown key "croon"', 'Did you mean "cron"?'],
    [
      below('global: { retries: 3 }'),
      '1:11 global: unknown key "retries"',
      /^There are: timezone, .*, … \(\d\d in all\)\.$/,
    ],
    [below('services: { demo: { pakage: x } }'), '1:21 services.demo: unknown key "pakage"', 'Did you mean "package"?'],
    [
      below('environments: { local: { buckte: x } }'),
      '1:26 environments.local: unknown key "buckte"',
      'Did you mean "bucket"?',
    ],
    [
      withJob('    expect: { min_record: 1 }'),
      '5:15 jobs.a.expect: unknown key "min_record"',
      'Did you mean "min_records"?',
    ],
    [
      'jobs:\n  - { id: a, service: demo, data_type: rows, dependancies: [] }\n',
      '2:46 jobs[0]: unknown key "dependancies"',
      'Did you mean "dependencies"?',
    ],
  ])('names the nearest key: %j', (text, message, hint) => {
    expect(told(text)).toContain(message);
    expect(hintsOf(text)).toContainEqual(typeof hint === 'string' ? hint : expect.stringMatching(hint));
  });
});

describe('values', () => {
  it.each([
    ['enabled: yes', '14 jobs.a.enabled: expected true or false, got a text'],
    ['timeout_minutes: "30"', '22 jobs.a.timeout_minutes: expected a number, got a text'],
    ['timeout_minutes: 0', '22 jobs.a.timeout_minutes: expected more than 0'],
    ['timeout_minutes: .inf', '22 jobs.a.timeout_minutes: expected a number, got no number'],
    ['description: 12', '18 jobs.a.description: expected a text, got a number'],
    ['retry_attempts: 1.5', '21 jobs.a.retry_attempts: expected a whole number, got a fraction'],
    ['retry_attempts: -1', '21 jobs.a.retry_attempts: expected at least 0'],
    ['max_lateness_minutes: 0', '27 jobs.a.max_lateness_minutes: expected at least 1'],
    ['max_lateness_minutes: never', '27 jobs.a.max_lateness_minutes: expected a number, got a text'],
    ['breaker_failures: 0', '23 jobs.a.breaker_failures: expected at least 1'],
    ['breaker_failures: 2.5', '23 jobs.a.breaker_failures: expected a whole number, got a fraction'],
    ['breaker_minutes: 50000', '22 jobs.a.breaker_minutes: expected at most 44640'],
    ['previous_ids: old', '19 jobs.a.previous_ids: expected a list, got a text'],
    [`previous_ids: ${'x'.repeat(101)}`, '19 jobs.a.previous_ids: expected a list, got a text'],
    [
      'previous_ids: [../b]',
      '20 jobs.a.previous_ids[0]: expected a name of at most 100 letters, digits, "_", "-" and ".", which begins with one of the first three',
    ],
    ['max_reject_ratio: 2', '23 jobs.a.max_reject_ratio: expected at most 1'],
    ['timezone:', '14 jobs.a.timezone: expected a text, got nothing'],
    ['catchup: lates', '14 jobs.a.catchup: expected one of latest, all, none'],
    ['command: []', '14 jobs.a.command: expected at least 1 entry'],
    ['command: 5', '14 jobs.a.command: expected a text or a list, got a number'],
    ['command: ""', '14 jobs.a.command: expected a text that is not empty'],
    ['options: [1]', '14 jobs.a.options: expected a mapping, got a list'],
    ['expect: { min_records: many }', '28 jobs.a.expect.min_records: expected a number, got a text'],
    ['expect: { max_reject_ratio: 5 }', '33 jobs.a.expect.max_reject_ratio: expected at most 1'],
    [
      'expect: { max_lateness: 2 weeks }',
      '29 jobs.a.expect.max_lateness: expected minutes as a number, or a text such as 90m, 26h or 2d',
    ],
    ['expect: { fresh_within: 0 }', '29 jobs.a.expect.fresh_within: expected more than 0'],
    ['expect: { fresh_within: [1] }', '29 jobs.a.expect.fresh_within: expected a number or a text, got a list'],
    [
      'expect: { fresh_within: 1d, fresh_by: "No" }',
      '43 jobs.a.expect.fresh_by: expected a column name of at most 60 lower-case letters, digits and "_", which begins with a letter',
    ],
    ['expect: { fresh_by: at }', '25 jobs.a.expect.fresh_by: expected fresh_within beside it'],
    ['environment: [local, 3]', '26 jobs.a.environment[1]: expected a text, got a number'],
  ])('%s', (line, expected) => expect(told(withJob(`    ${line}`))).toEqual([`5:${expected}`]));

  it.each([
    ['A-B', false],
    ['1X', false],
    ['_ok_1', true],
  ])('takes the dependency %s: %s', (name, isFine) => {
    const text = withJob(`    dependencies: [OK, ${name}]`);
    const expected =
      '5:24 jobs.a.dependencies[1]: expected the name of an environment variable: letters, digits and "_", no digit first';
    if (isFine) expect(() => faultsOf(text)).toThrow('has no fault');
    else expect(told(text)).toEqual([expected]);
  });

  it('says how to write a text that YAML takes for something else', () => {
    expect(hintsOf(withJob('    description: 12'))).toEqual(['Put it in quotes.']);
    expect(hintsOf(withJob('    catchup: lates'))).toEqual(['Did you mean "latest"?']);
  });

  it.each([
    ['61 * * * *', 'The nearest valid form is "59 * * * *".'],
    ['@daily', 'The nearest valid form is "0 0 * * *".'],
  ])('checks the cron expression %s with the check it is given', (cron, hint) => {
    expect(told(withJob(`    cron: "${cron}"`))[0]).toMatch(/^5:11 jobs\.a\.cron: cron ".*expected/);
    expect(hintsOf(withJob(`    cron: "${cron}"`))).toEqual([hint]);
  });

  it.each([
    ['Europe/Berln', 'Did you mean "Europe/Berlin"?'],
    ['berlin', 'Did you mean "Europe/Berlin"?'],
    ['New York', 'Did you mean "America/New_York"?'],
    ['"+01:00"', undefined],
    ['"-0500"', undefined],
    ['nowhere at all', undefined],
  ])('refuses the time zone %s', (zone, hint) => {
    const text = withJob(`    timezone: ${zone}`);
    expect(told(text)).toEqual(['5:15 jobs.a.timezone: expected an IANA time zone, such as "Europe/Berlin" or "UTC"']);
    expect(hintsOf(text)).toEqual([hint]);
  });

  it('never repeats a value: somebody may have pasted a secret', () => {
    const secret = 'hunter2hunter2';
    const lines = [`timezone: ${secret}`, `catchup: ${secret}`, `retry_attempts: ${secret}`, `expect: ${secret}`];
    const text = below(`global: { gcs_bucket_dev: "${secret}!", max_parallel_jobs: ${secret} }`);
    const faults = faultsOf(`${text}${lines.map((line) => `    ${line}\n`).join('')}    enabled: ${secret}\n`);
    expect(faults).toHaveLength(7);
    expect(describeFaults(faults)).not.toContain(secret);
  });
});

describe('names', () => {
  const ID =
    'expected a name of at most 100 letters, digits, "_", "-" and ".", which begins with one of the first three';

  it.each([
    ['a b', `2:3 jobs: "a b": ${ID}`],
    ['..', `2:3 jobs: "..": ${ID}`],
    ['-x', `2:3 jobs: "-x": ${ID}`],
    ['a/b', `2:3 jobs: "a/b": ${ID}`],
    ['é', `2:3 jobs: "é": ${ID}`],
    ['""', `2:3 jobs: "": ${ID}`],
    ['"\\e[31m"', `2:3 jobs: "\\u001b[31m": ${ID}`],
    ['x'.repeat(101), `2:3 jobs: "${'x'.repeat(100)}…": ${ID}`],
  ])('refuses the id %j', (id, expected) => {
    expect(told(`jobs:\n  ${id}:\n    service: demo\n    data_type: rows\n`)).toEqual([expected]);
  });

  it('refuses ids that differ by case only, and in a list ids that do not differ', () => {
    expect(told('jobs:\n  a: { service: demo, data_type: x }\n  A: { service: demo, data_type: x }\n')).toEqual([
      '3:3 jobs: the id "A" differs only by case from the one in line 2: expected another id',
    ]);
    const item = (id: string): string => `  - service: demo\n    id: ${id}\n    data_type: x\n`;
    expect(told(`jobs:\n${item('a')}${item('b')}${item('a')}`)).toEqual([
      '9:5 jobs: the id "a" is already in line 3: expected another id',
    ]);
  });

  it.each([
    [
      'service: Demo',
      '2:17 jobs.a.service: expected a name of at most 60 lower-case letters, digits and "_", which begins with a letter',
    ],
    [
      'service: staging',
      '2:17 jobs.a.service: expected a name that is not one of the schemas which warehouses keep for themselves',
    ],
    [
      'service: demo, data_type: a-b',
      '2:34 jobs.a.data_type: expected a name of at most 60 lower-case letters, digits and "_", which begins with a letter',
    ],
  ])('%s', (fields, expected) => expect(told(`jobs:\n  a: { ${fields}, description: x }\n`)).toContain(expected));

  it('says what a job lacks at the job', () => {
    expect(told('jobs:\n  a:\n    enabled: true\n')).toEqual([
      '2:3 jobs.a: "service" is missing: expected a text',
      '2:3 jobs.a: "data_type" is missing: expected a text',
    ]);
    expect(told('jobs:\n  - service: demo\n    data_type: x\n')).toEqual([
      '2:5 jobs[0]: "id" is missing: expected a text',
    ]);
  });
});

describe('what refers to something else', () => {
  it.each([
    [
      'services:\n  demo: {}\njobs:\n  a: { service: demos, data_type: x }\n',
      '4:17 jobs.a.service: there is no service "demos"',
      'Did you mean "demo"?',
    ],
    [
      'services: { demo: { supported_data_types: [rows, cells] } }\njobs:\n  a: { service: demo, data_type: row }\n',
      '3:34 jobs.a.data_type: demo does not support "row"',
      'Did you mean "rows"?',
    ],
    [
      `environments: { prd: { bucket: "gs://bucket" } }\n${withJob('    environment: [local, prod]')}`,
      '6:26 jobs.a.environment: there is no environment "prod"',
      'Did you mean "prd"?',
    ],
    [
      withJob('    previous_ids: [a]'),
      '5:20 jobs.a.previous_ids: "a" is the id of a job: expected an id that no job has any more',
      undefined,
    ],
    [
      `${withJob('    previous_ids: [old, b]')}  b: { service: demo, data_type: x }\n`,
      '5:25 jobs.a.previous_ids: "b" is the id of a job: expected an id that no job has any more',
      undefined,
    ],
    [
      `${withJob('    previous_ids: [old]')}  b: { service: demo, data_type: x, previous_ids: [old] }\n`,
      '6:52 jobs.b.previous_ids: "old" is a previous id of a, too: expected an id that no job has any more',
      undefined,
    ],
    [withJob('    environment: prd'), '5:18 jobs.a.environment: there is no environment "prd"', 'There are: local.'],
  ])('%j', (text, message, hint) => {
    expect(told(text)).toEqual([message]);
    expect(hintsOf(text)).toEqual([hint]);
  });

  const EXPECTED = 'expected a folder, or a URL such as gs://my-bucket or s3://my-bucket/prefix';
  it.each([
    [
      'environments: { prd: {} }',
      `1:17 environments.prd: "bucket" is missing: ${EXPECTED}; or the variable GCS_BUCKET_RAW_DATA`,
    ],
    [
      'environments: { prd: }',
      `1:17 environments.prd: "bucket" is missing: ${EXPECTED}; or the variable GCS_BUCKET_RAW_DATA`,
    ],
    [
      'global: { gcs_bucket_dev: My_Bucket }',
      '1:27 global.gcs_bucket_dev: expected the name of a bucket: 3 to 222 lower-case letters, digits, "-", "_" and "."',
    ],
  ])('%s', (head, expected) => expect(told(below(head))).toEqual([expected]));

  const BUCKET = `bucket: ${EXPECTED}`;
  const WAREHOUSE = `warehouse: expected ${locationText(installedDrivers.own(), 'warehouse')}`;
  it.each([
    ['bucket: "gcs://bucket"', BUCKET],
    ['bucket: "gs:bucket"', BUCKET],
    ['bucket: "s3://"', BUCKET],
    ['bucket: "file:///tmp/x"', BUCKET],
    ['warehouse: data.db', WAREHOUSE],
    ['warehouse: "mysql://host/db"', WAREHOUSE],
    ['warehouse: "postgres:"', WAREHOUSE],
  ])('refuses the location %s', (location, expected) => {
    const column = 25 + location.indexOf(':') + 2;
    expect(told(below(`environments: { local: { ${location} } }`))).toEqual([
      `1:${column + 1} environments.local.${expected}`,
    ]);
  });
});

describe('warehouses', () => {
  const TWO = 'environments: { local: { warehouse: { main: a.duckdb, archive: b.duckdb } } }';
  it.each([
    ['{}', '1:37 environments.local.warehouse: expected at least one warehouse'],
    ['[a.duckdb]', '1:37 environments.local.warehouse: expected a text or a mapping, got a list'],
    [
      '{ main: a.db }',
      `1:45 environments.local.warehouse.main: expected ${locationText(installedDrivers.own(), 'warehouse')}`,
    ],
    [
      '{ Main: a.duckdb }',
      '1:39 environments.local.warehouse: "Main": expected a name of at most 40 lower-case letters, digits, "_" and "-", which begins with a letter',
    ],
    [
      '{ main: a.duckdb, archive: ./a.duckdb }',
      '1:64 environments.local.warehouse.archive: that is main already: expected another warehouse',
    ],
  ])('refuses %s', (written, expected) => {
    expect(told(below(`environments: { local: { warehouse: ${written} } }`))).toEqual([expected]);
  });

  it.each([
    [TWO, '[main, archiv]', '6:24 jobs.a.warehouses: there is no warehouse "archiv"'],
    [TWO, '[]', '6:17 jobs.a.warehouses: expected at least 1 entry'],
    ['global: {}', '[archive]', '6:18 jobs.a.warehouses: there is no warehouse "archive"'],
    [
      'environments: { prd: { bucket: b, warehouse: { archive: b.duckdb } } }',
      '[archive]',
      '6:17 jobs.a.warehouses: the environment "local" has none of them',
    ],
  ])('with %s, of a job: %s', (head, chosen, expected) => {
    const written = `${head}\n${withJob(`    warehouses: ${chosen}`)}`;
    expect(told(written)).toEqual([expected]);
  });

  it('names the nearest, and what there is', () => {
    const hints = (chosen: string): unknown => hintsOf(`${TWO}\n${withJob(`    warehouses: [${chosen}]`)}`);
    expect(hints('archiv')).toEqual(['Did you mean "archive"?']);
    expect(hints('something')).toEqual(['There are: main, archive.']);
  });
});

describe('tables', () => {
  it.each([
    [
      'columns: { Bad: text }',
      '6:16 jobs.a.columns: "Bad": expected a column name of at most 60 lower-case letters, digits and "_", which begins with a letter',
    ],
    [
      'columns: { ingested_at: text }',
      '6:16 jobs.a.columns: "ingested_at": expected another name: every silver table has a column of this name already',
    ],
    [
      'columns: { rowid: text }',
      '6:16 jobs.a.columns: "rowid": expected another name: DuckDB has a column of this name in every table',
    ],
    [
      'columns: { a: text, ctid: text }',
      '6:25 jobs.a.columns: "ctid": expected another name: PostgreSQL has a column of this name in every table',
    ],
    [
      'columns: { a: varchar }',
      '6:19 jobs.a.columns.a: expected one of text, date, numeric, boolean, integer, bigint, double, timestamptz, jsonb',
    ],
    [
      'columns: { a: 5 }',
      '6:19 jobs.a.columns.a: expected one of text, date, numeric, boolean, integer, bigint, double, timestamptz, jsonb',
    ],
    [
      'columns: { a: { from: b } }',
      '6:16 jobs.a.columns.a: "type" is missing: expected one of text, date, numeric, boolean, integer, bigint, double, timestamptz, jsonb',
    ],
    ['columns: { a: { type: text, form: b } }', '6:33 jobs.a.columns.a: unknown key "form"'],
    [
      'columns: { a: { type: text, from: b..c } }',
      '6:39 jobs.a.columns.a.from: expected names of fields, with a point between two of them',
    ],
    [
      'columns: { a: { type: text, zone: UTC } }',
      '6:39 jobs.a.columns.a.zone: expected it only beside type: timestamptz',
    ],
    [
      'columns: { a: { type: timestamptz, zone: +01:00 } }',
      '6:46 jobs.a.columns.a.zone: expected an IANA time zone, such as "Europe/Berlin" or "UTC"',
    ],
    ['columns: {}', '6:14 jobs.a.columns: expected at least one column'],
    ['primary_key: [a]', "6:19 jobs.a.primary_key[0]: expected one of the job's columns, and it has none"],
    ['write: upsert', '6:12 jobs.a.write: upsert needs a primary_key: expected append, or a key'],
    ['write: replace', '6:12 jobs.a.write: replace needs a primary_key: expected append, or a key'],
    ['scope: everything', '6:12 jobs.a.scope: everything needs a primary_key: expected changes, or a key'],
    ['options: { a: 1 }', '6:5 jobs.a.options: a command takes no options: expected them in the command itself'],
  ])('of a command: %s', (line, expected) => {
    expect(told(withJob(`    command: program\n    ${line}`))).toEqual([expected]);
  });

  it.each([
    ['write: append\n    scope: everything', '9:12 jobs.a.scope: everything cannot be appended: expected changes'],
    [
      'write: replace\n    scope: changes',
      '9:12 jobs.a.scope: write: replace says everything: expected that, or no scope',
    ],
  ])('says one thing of its table: not %s', (lines, expected) => {
    const keyed = '    command: program\n    columns: { id: text }\n    primary_key: [id]';
    expect(told(withJob(`${keyed}\n    ${lines}`))).toEqual([expected]);
  });

  it('has only columns of the job in its key, each once', () => {
    const text = withJob('    command: program\n    columns: { id: text }\n    primary_key: [id, name, id]');
    expect(told(text)).toEqual([
      '7:18 jobs.a.primary_key: expected each column only once',
      "7:23 jobs.a.primary_key[1]: expected one of the job's columns: id",
    ]);
  });
});
