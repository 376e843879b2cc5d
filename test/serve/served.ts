/** A server in this process, at a port of its own, and whoever asks it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Host } from '../../orchestrator/app/host.ts';
import { serve } from '../../orchestrator/server/index.ts';
import type { Limits } from '../../orchestrator/server/listen.ts';
import type { LogLine } from '../../orchestrator/server/log.ts';
import { type ServeOptions, settingsOf } from '../../orchestrator/server/settings.ts';
import { hostWith } from '../app/host.ts';
import type { HandClock } from '../fakes/hand-clock.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: documents of several shapes.
  readonly body: any;
}

export interface Served {
  readonly port: number;
  readonly url: string;
  readonly host: Host;
  readonly log: readonly LogLine[];
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** As SIGTERM does. Answers when all has ended. */
  stop(): Promise<void>;
}

export interface Serving {
  readonly config?: object;
  /** One that is there already, so that two servers share its folder. */
  readonly host?: Host;
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: ServeOptions;
  readonly limits?: Limits;
  readonly clock?: Host['clock'];
}

let servers = 0;

/** Stopped when the test is over, if it is not by then. */
export async function served({
  config = shop(),
  host: given,
  env = {},
  options = {},
  limits,
  clock,
}: Serving = {}): Promise<Served> {
  const end = new AbortController();
  servers += 1;
  const host: Host = {
    ...(given ?? hostWith(config)),
    env: { PATH: process.env['PATH'], ...env },
    ...(clock === undefined ? {} : { clock }),
    interrupted: end.signal,
    nonce: `server${servers}`,
  };
  const log: LogLine[] = [];
  const settings = settingsOf(host, { port: '0', ...options });
  const { port, ended } = await serve({
    ...{ host, settings, options: { environment: 'local' }, log: (line) => log.push(line) },
    ...(limits === undefined ? {} : { limits }),
  });
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, init);
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const stop = async (): Promise<void> => {
    end.abort(new Error('stopped by SIGTERM'));
    await ended;
  };
  onTestFinished(stop);
  return {
    ...{ port, url, host, log, stop },
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, body, headers = {}) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
  };
}

/** A job that is owed every hour, and has run before anybody looks. */
export const shop = (job: object = {}) => ({
  services: { shop: {} },
  jobs: {
    shop_orders: { service: 'shop', data_type: 'orders', cron: '0 * * * *', ...printing(), ...job },
  },
});

/** A program that prints one record. */
export const printing = () => ({
  command: [process.execPath, '-e', `console.log('{"id":1}')`],
  primary_key: ['id'],
  columns: { id: 'integer' },
});

/** A program that says it is there in `begun`, prints a record when there is a file `go`, and ends. */
const WAITS = `
import { appendFileSync, existsSync } from 'node:fs';
appendFileSync('begun', process.argv[2] + '\\n');
const look = setInterval(() => {
  if (!existsSync('go')) return;
  console.log('{"id":1}');
  clearInterval(look);
}, 10);
`;

/** Jobs that wait for `letGo`. Their host must be `prepare`d. */
const waiting = (names: readonly string[], job: object, service: object) => ({
  services: { shop: service },
  jobs: Object.fromEntries(
    names.map((name) => [
      `shop_${name}`,
      { service: 'shop', data_type: name, ...printing(), command: [process.execPath, 'waits.mjs', name], ...job },
    ]),
  ),
});

export function waitingHost(names: readonly string[], job: object = {}, service: object = {}, more: object = {}): Host {
  const host = hostWith({ ...waiting(names, job, service), ...more });
  writeFileSync(join(host.cwd, 'waits.mjs'), WAITS);
  return host;
}

export const letGo = ({ cwd }: Pick<Host, 'cwd'>): void => writeFileSync(join(cwd, 'go'), '');

/** Who has begun, in their order. */
export function begun({ cwd }: Pick<Host, 'cwd'>): string[] {
  const file = join(cwd, 'begun');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

/** When a plan of the schedule was last made, as an instant. */
function lastPlan({ cwd }: Pick<Host, 'cwd'>): string | undefined {
  const file = join(cwd, '.tidemill/local/bucket/_tidemill/last-plan.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { now: string }).now : undefined;
}

/** Lets time pass, and waits until the schedule was looked at by then. */
export async function passTo(clock: HandClock, host: Pick<Host, 'cwd'>, milliseconds: number): Promise<void> {
  await clock.pass(milliseconds);
  await expect.poll(() => lastPlan(host)).toBe(clock.now().toISOString());
}
