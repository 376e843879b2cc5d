/**
 * A job whose source has something new every quarter of an hour, and whose command says what lies in its interval. The
 * table has no key: what is read twice is there twice, and what is not read is missing.
 */
import { existsSync, rmSync } from 'node:fs';
import { query } from './dated.ts';
import { configOf, type Project, project } from './project.ts';

const QUARTER_MS = 15 * 60_000;

/**
 * Ends with the code in the file `broken`; with one in `breaks_from`, as soon as its interval begins there or later; with one in
 * `breaks_after`, once after so many quarters, after each of which it says how far it is.
 */
const SCRIPT = `
  const { existsSync, readFileSync, appendFileSync, rmSync } = require('node:fs');
  const { TIDEMILL_INTERVAL_START: start, TIDEMILL_INTERVAL_END: end, TIDEMILL_CHECKPOINT: checkpoint } = process.env;
  appendFileSync('reads', start + ' ' + end + '\\n');
  if (existsSync('broken')) process.exit(Number(readFileSync('broken', 'utf8')));
  if (existsSync('breaks_from') && start >= readFileSync('breaks_from', 'utf8')) process.exit(75);
  const first = Math.ceil(Date.parse(start) / ${QUARTER_MS}) * ${QUARTER_MS};
  let left = existsSync('breaks_after') ? Number(readFileSync('breaks_after', 'utf8')) : Infinity;
  const saysHowFar = left < Infinity;
  rmSync('breaks_after', { force: true });
  for (let at = first; at < Date.parse(end); at += ${QUARTER_MS}) {
    if (left-- === 0) process.exit(75);
    console.log(JSON.stringify({ quarter: new Date(at) }));
    if (saysHowFar) console.log(checkpoint + ' through ' + new Date(at + ${QUARTER_MS}).toISOString());
  }`;

const QUARTERS = {
  cron: '0 * * * *',
  columns: { quarter: 'text' },
  retry_attempts: 0,
  command: [process.execPath, '--eval', SCRIPT],
};

/** The project, registered at 10:05 on 20 November. */
export async function quartersProject(fields: object = {}): Promise<Project> {
  const here = await project({ 'ingestion-config.yaml': configure(fields) });
  await here.run(['tick'], { now: on(20, '10:05') });
  return here;
}

export const configure = (fields: object = {}): string => configOf({ quarters: { ...QUARTERS, ...fields } });

export const on = (day: number, time: string): string => `2026-11-${day}T${time}:00Z`;

/** What every quarter from one instant up to another would be in the table, once. */
export function quarters(from: string, to: string): string[] {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  return Array.from({ length: (last - first) / QUARTER_MS }, (_, index) => nameOf(first + index * QUARTER_MS));
}

const nameOf = (instant: number): string => new Date(instant).toISOString().slice(0, 16);

/** Every row of the table, in order. */
export async function rowsOf(here: Project): Promise<string[]> {
  const rows = await query(here, 'SELECT quarter FROM example.quarters ORDER BY quarter');
  return rows.map(([at]) => nameOf(Date.parse(at ?? '')));
}

/** The intervals that the command was handed, oldest first: `2026-11-20T10:00 2026-11-20T11:00`. */
export const readsOf = (here: Project): string[] =>
  existsSync(here.path('reads'))
    ? here
        .read('reads')
        .trim()
        .split('\n')
        .map((line) => line.replaceAll(':00.000Z', ''))
    : [];

export const breakWith = (here: Project, code: number): void => here.write('broken', String(code));
export const breakAfter = (here: Project, quarters: number): void => here.write('breaks_after', String(quarters));
export const mend = (here: Project): void => rmSync(here.path('broken'));
