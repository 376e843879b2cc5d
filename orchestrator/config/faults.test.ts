import { errorKinds, TidemillError } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { faultsOf, loadFiles, MAIN, told } from '../../test/fixtures/config.ts';
import { installedDrivers } from '../drivers/find.ts';
import { ConfigError, describeFaults } from './faults.ts';
import { loadConfig } from './load.ts';

const HANDED = { checkCron: () => undefined, drivers: installedDrivers };

describe('all at once', () => {
  it('reports the faults of one job and of both files in one go, in their order', () => {
    const main = `services: { demo: { supported_data_types: [rows] } }
jobs:
  a:
    timezone: nowhere
    service: demo
    data_type: row
    croon: x
    environment: prd
  b: { service: demoo, data_type: rows }
  c: { data_type: rows, environment: tst }
`;
    expect(told(main, 'job_groups: { g: [d, a], h: [c, b] }\n')).toEqual([
      '4:15 jobs.a.timezone: expected an IANA time zone, such as "Europe/Berlin" or "UTC"',
      '6:16 jobs.a.data_type: demo does not support "row"',
      '7:5 jobs.a: unknown key "croon"',
      '8:18 jobs.a.environment: there is no environment "prd"',
      '9:17 jobs.b.service: there is no service "demoo"',
      '10:3 jobs.c: "service" is missing: expected a text',
      'job-groups.yaml:1:19 job_groups.g: there is no job "d"',
    ]);
  });

  it('does not blame what refers to a faulty entry', () => {
    const main = `global: { gcs_bucket_dev: "?" }
environments: { prd: { bucket: 3 } }
services: { demo: { fetch_script: 3, serial: 1 } }
jobs:
  a: { service: demo, data_type: rows, environment: [dev, prd], columns: { a: text } }
  b: { service: 3, data_type: rows }
job_groups: { g: [b, 'b*'] }
`;
    expect(told(main).map((line) => line.split(' ')[0])).toEqual(['1:27', '2:32', '3:35', '3:46', '6:17']);
  });

  it('takes one program of a service, and requirements that are no options', () => {
    const main = `services:
  shop: { command: [tap], fetch_script: fetch.py }
  crm: { command: [], setup: { python: [--index-url=x] } }
  erp: { fetch_script: fetch.py, options: { url: x } }
jobs: { a: { service: shop, data_type: rows, options: { a: 1 } } }
`;
    expect(told(main)).toEqual([
      '2:41 services.shop.fetch_script: expected no fetch_script beside command: both take the place of the connector',
      expect.stringMatching(/^3:19 services\.crm\.command: expected/),
      expect.stringMatching(/^3:41 services\.crm\.setup\.python\[?\.?0\]?: expected a requirement such as/),
      expect.stringMatching(/^4:43 services\.erp\.options: a program takes no options/),
      expect.stringMatching(/^5:46 jobs\.a\.options: a command takes no options/),
    ]);
  });

  it('reports the other file though one cannot be read', () => {
    expect(told('jobs: [\n', 'job_groups: { g: [] }\n')).toEqual([
      expect.stringMatching(/^2:1 .*\(YAML\)$/),
      'job-groups.yaml:1:18 job_groups.g: expected at least 1 entry',
    ]);
  });

  it('shows a hundred faults and the number of the others', () => {
    const main = `jobs:\n${Array.from({ length: 250 }, (_, index) => `  job_${index}: 1\n`).join('')}`;
    const faults = faultsOf(main);
    expect(faults).toHaveLength(250);
    const lines = describeFaults(faults).split('\n');
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe('and 150 more');
  });
});

describe('files', () => {
  it('says where it looked for a file that is not there, and how to name another', () => {
    const error = caught(() => loadFiles({}));
    expect(error.faults).toEqual([
      {
        place: { file: 'ingestion-config.yaml', line: 1, column: 1 },
        message: 'There is no configuration at /project/ingestion-config.yaml',
        hint: 'Name another file with --config PATH, or begin a repository: npx tidemill init.',
      },
    ]);
  });

  it('says why a file cannot be read, also the one that may be missing', () => {
    const readFile = (path: string): string => {
      if (path === MAIN) return 'jobs:\n';
      throw Object.assign(new Error('denied'), { code: 'EACCES' });
    };
    const error = caught(() => loadConfig({ file: MAIN, readFile, ...HANDED }));
    expect(error.faults.map(({ message }) => message)).toEqual(['/project/job-groups.yaml cannot be read (EACCES)']);
  });

  it('passes on what is no answer of the file system', () => {
    const broken = new TypeError('readFile is broken');
    const readFile = (): string => {
      throw broken;
    };
    expect(() => loadConfig({ file: MAIN, readFile, ...HANDED })).toThrow(broken);
  });

  it('is a TidemillError of kind config, whose message has every fault', () => {
    const error = caught(() => loadFiles({ [MAIN]: 'job: 1\n' }));
    expect(error).toBeInstanceOf(TidemillError);
    expect([error.kind, error.code, error.exitCode]).toEqual(['config', 'config-invalid', errorKinds.config.exit]);
    expect(error.message).toBe(
      'ingestion-config.yaml:1:1  error  "jobs" is missing: expected a mapping or a list\n' +
        'ingestion-config.yaml:1:1  error  unknown key "job"\n    Did you mean "jobs"?',
    );
  });
});

function caught(action: () => unknown): ConfigError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
