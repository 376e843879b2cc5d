/** A project whose service is a foreign tap: its data sets as jobs, its runs, and what the tap prints by itself. */
import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Dataset } from '@tidemill/kit';
import { type Project, project } from '../cli/project.ts';
import { query } from '../cli/silver.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What `scripts/with-taps` has installed. */
export const installed = (...path: string[]): string => join(process.env['TIDEMILL_TEST_TAPS'] ?? '', ...path);

export interface Foreign {
  /** The environment that has the program; undefined where a setup brings it. */
  readonly environment?: string;
  /** Of the service, without what tells a stream. */
  readonly command: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly service?: object;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Tapped {
  readonly here: Project;
  readonly env: Readonly<Record<string, string>>;
  /** Asks the program for its data sets, and makes a job of each; runs give it the further words as well. */
  readonly datasets: (further?: readonly string[]) => Promise<readonly Dataset[]>;
  readonly run: () => ReturnType<Project['run']>;
  /** Ends the program with SIGKILL. */
  readonly kill: () => void;
}

export async function tapped({ environment, command, files, service = {}, env: own = {} }: Foreign): Promise<Tapped> {
  const here = await project(files);
  for (const file of Object.keys(files)) if (file.startsWith('bin/')) chmodSync(here.path(file), 0o755);
  const bins = [
    here.path('bin'),
    ...(environment === undefined ? [] : [installed(environment, 'bin')]),
    join(ROOT, 'node_modules/.bin'),
  ];
  const env = { ...own, PATH: [...bins, process.env['PATH']].join(delimiter), HOME: here.folder };
  const dependencies = Object.keys(own);
  const configure = (jobs: object, further: readonly string[] = []): void =>
    here.write(
      'ingestion-config.yaml',
      JSON.stringify({ services: { tap: { command: [...command, ...further], ...service } }, jobs }),
    );
  configure({ tap: { service: 'tap', data_type: 'any' } });
  return {
    here,
    env,
    datasets: async (further) => {
      const [program = '', ...args] = command;
      const venv = here.path('.tidemill/setup/tap/python/bin');
      const PATH = `${venv}${delimiter}${env.PATH}`;
      const asked = { cwd: here.folder, env: { ...env, PATH }, maxBuffer: 1 << 26 };
      const { stdout } = await promisify(execFile)(program, [...args, '--discover'], asked);
      const found = stdout
        .trim()
        .split('\n')
        .map((line): Dataset => JSON.parse(line));
      configure(Object.fromEntries(found.map((one) => [one.name, { ...jobOf(one), dependencies }])), further);
      return found;
    },
    run: () => here.run(['run', '*', '--json'], { env }),
    kill: () => void process.kill(Number(here.read('pid')), 'SIGKILL'),
  };
}

const jobOf = ({ name, columns, key }: Dataset): object => ({
  service: 'tap',
  data_type: name,
  ...(columns && {
    columns: Object.fromEntries(columns.map(({ name, type, from }) => [name, from ? { type, from } : type])),
  }),
  ...(key && { primary_key: key }),
});

/** A program of that name which says its process in the file `pid` before it is the one that is installed. */
export const told = (environment: string, program: string): string =>
  `#!/bin/sh\necho $$ > pid\nexec ${installed(environment, 'bin', program)} "$@"\n`;

/** Each line that the tool itself prints, as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: messages of many shapes.
export async function printedBy(program: string, args: readonly string[], cwd: string): Promise<any[]> {
  const { stdout } = await promisify(execFile)(program, [...args], {
    cwd,
    env: { ...process.env, HOME: cwd },
    maxBuffer: 1 << 26,
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The rows of a table by their keys, which are numbers: each cell as a value that two who print it differently have in common. */
export async function rowsOf(here: Project, { name, columns = [], key = [] }: Dataset): Promise<unknown[][]> {
  const rows = await query(
    here,
    `SELECT ${columns.map((column) => `${column.name}::text`)} FROM tap.${name} ORDER BY ${key}`,
  );
  return rows.map((row) => row.map((text, at) => cellOf(text, columns[at]?.type)));
}

/** The same of the last record of each key. */
export function expectedRows(
  records: readonly Record<string, unknown>[],
  { columns = [], key = [] }: Dataset,
): unknown[][] {
  const [id = ''] = key;
  const newest = new Map(records.map((record) => [Number(record[id]), record]));
  return [...newest]
    .sort(([one], [other]) => one - other)
    .map(([, record]) => columns.map(({ name, type, from = [name] }) => cellOf(record[from[0] ?? ''] ?? '', type)));
}

function cellOf(value: unknown, type: string | undefined): unknown {
  if (value === '') return null;
  if (type === 'timestamptz') return Date.parse(String(value).replace(/\+00$/, 'Z'));
  if (type === 'jsonb') return typeof value === 'string' ? JSON.parse(value) : value;
  return type === 'text' ? value : Number(value);
}
