/** What is missing to run here. */
import { resolve } from 'node:path';
import { asTidemillError, TidemillError } from '@tidemill/kit';
import { declarationOf, neededBy } from '@tidemill/kit/credentials';
import type { Config, Listener } from '../config/job.ts';
import { credentialsText, driversUsed } from '../drivers/use.ts';
import { openEvents } from '../events/open.ts';
import { eventKinds } from '../events/published/kind-names.ts';
import { checkSetup, pathWith, readinessOf } from '../run/extract/command-setup.ts';
import { loadConnector } from '../run/extract/connector.ts';
import { inEnvironment, plural } from '../text/format.ts';
import type { Warehouse } from '../warehouse/contract.ts';
import { notInSilver } from './empty-silver.ts';
import type { Host } from './host.ts';
import { wantsKind } from './listeners.ts';
import { jobsHere, needsOf, readmeOf } from './missing-credentials.ts';
import { isOnPath } from './on-path.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';
import { vanishing } from './vanishing.ts';

export interface Check {
  readonly what: string;
  readonly is_fine: boolean;
  /** Nothing is missing to run, but somebody should know. */
  readonly is_note?: true;
  /** What was found, or what to do. */
  readonly says: string;
}

/** Never throws: what cannot be opened is one of the answers. */
export async function doctor(host: Host, options: SessionOptions): Promise<Check[]> {
  const checks: Check[] = [{ what: 'node', is_fine: true, says: host.runtime.node }];
  let session: Session;
  try {
    session = await openSession(host, options);
  } catch (thrown) {
    return [...checks, failed('configuration', thrown)];
  }
  const { config, environment, bucket } = session;
  checks.push({ what: 'configuration', is_fine: true, says: `${config.file}: ${plural(config.jobs.length, 'job')}` });
  checks.push(await check('bucket', environment.bucket, () => bucket.check()));
  for (const [name, open] of session.warehouses) {
    const what = session.warehouses.size === 1 ? 'warehouse' : `warehouse ${name}`;
    checks.push(await checkWarehouse(what, open));
  }
  const lost = environment.name === 'local' ? undefined : vanishing(config, [environment]);
  if (lost !== undefined) checks.push({ what: 'warehouse', is_fine: true, is_note: true, says: lost });
  for (const listener of environment.events) checks.push(await checkListener(session, listener));
  checks.push(...driverChecks(session));
  if (checks.every(({ is_fine }) => is_fine)) checks.push(...(await silverNotes(session)));
  checks.push(...(await setupChecks(config, environment.name)));
  checks.push(...(await programChecks(config, environment.name, host)));
  checks.push(...(await credentialChecks(config, environment.name, host)));
  checks.push(...(await shortLineNotes(config, environment.name, host)));
  await session.close().catch(() => undefined);
  return checks;
}

async function check(what: string, says: string, action: () => Promise<void>): Promise<Check> {
  try {
    await action();
    return { what, is_fine: true, says };
  } catch (thrown) {
    return failed(what, thrown);
  }
}

/** By its URL for people: the location may hold a password. */
async function checkWarehouse(what: string, open: () => Promise<Warehouse>): Promise<Check> {
  try {
    const warehouse = await open();
    await warehouse.check();
    return { what, is_fine: true, says: warehouse.url };
  } catch (thrown) {
    return failed(what, thrown);
  }
}

function failed(what: string, thrown: unknown): Check {
  const { message, hint } = asTidemillError(thrown);
  return { what, is_fine: false, says: hint === undefined ? message : `${message}. ${hint}` };
}

/** By its URL for people: the location may be a secret. */
async function checkListener(session: Session, listener: Listener): Promise<Check> {
  try {
    return { what: 'events', is_fine: true, says: await checkEvents(session, listener) };
  } catch (thrown) {
    const check = failed('events', thrown);
    return { ...check, says: `${listener.name}: ${check.says}` };
  }
}

/** Answers where they go. Throws why they could not be sent there. */
export async function checkEvents(
  { config, host, bucket }: Session,
  listener: Pick<Listener, 'to' | 'kinds'>,
): Promise<string> {
  const { env, clock, random } = host;
  const sink = await openEvents(listener.to, { env, clock, random, bucket, drivers: config.drivers });
  try {
    await sink.check(eventKinds.filter((kind) => wantsKind(listener, kind)));
    return sink.url;
  } finally {
    await sink.close();
  }
}

/** What of its secrets each driver finds. One that needs more than it finds was not opened. */
function driverChecks({ config, environment, host }: Session): Check[] {
  return driversUsed(config.drivers, environment).flatMap((driver) => {
    const says = credentialsText(driver, host.env);
    return says === undefined ? [] : [{ what: driver.package.replace(/^.*\//, ''), is_fine: true, says }];
  });
}

/** Where the bucket has what a warehouse has not. */
async function silverNotes(session: Session): Promise<Check[]> {
  try {
    const missing = [...(await notInSilver(session))].filter(([, jobs]) => jobs.length > 0);
    return missing.map(([name, jobs]) => {
      const [which, option] =
        session.warehouses.size === 1 ? ['this warehouse', ''] : [`the warehouse ${name}`, ` --warehouse ${name}`];
      const ids = jobs.map(({ id }) => id).join(',');
      const says = `the bucket has data of ${plural(jobs.length, 'job')} that ${which} has never loaded. If it is new, or was lost or moved: \`npx tidemill replay '${ids}'${option}${inEnvironment(session.environment.name)}\``;
      return { what: 'silver', is_fine: true, is_note: true, says };
    });
  } catch (thrown) {
    return [failed('silver', thrown)];
  }
}

/** One line a service whose commands need something installed. */
async function setupChecks(config: Config, environment: string): Promise<Check[]> {
  const names = new Set(jobsHere(config, environment).map(({ service }) => service));
  const services = [...config.services.values()].filter(({ name, setup }) => setup !== undefined && names.has(name));
  return Promise.all(services.map((service) => check(`setup ${service.name}`, 'installed', () => checkSetup(service))));
}

/** One line a program of a job that is not there. What a setup has yet to bring is not looked for; a line for the shell is its own affair. */
async function programChecks(config: Config, environment: string, host: Host): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { id, service, command, working_directory } of jobsHere(config, environment)) {
    const setup = config.services.get(service)?.setup;
    if (typeof command !== 'object' || (await readinessOf(setup)) !== 'ready') continue;
    const [program = ''] = command;
    const env = { ...host.env, ...pathWith(setup, working_directory, host.env) };
    const isThere = /[\\/]/.test(program)
      ? host.isFile(resolve(working_directory, program))
      : isOnPath({ ...host, env }, program);
    if (isThere) continue;
    const says = `${id} starts ${program}, which is not found here. Install it, or correct the command`;
    checks.push({ what: 'program', is_fine: false, says });
  }
  return checks;
}

/** One line a service: whether every variable its enabled jobs need is set. Never a value. */
async function credentialChecks(config: Config, environment: string, host: Host): Promise<Check[]> {
  const checks: Check[] = [];
  for (const service of config.services.values()) {
    const here = jobsHere(config, environment).filter((job) => job.service === service.name);
    if (here.length === 0) continue;
    checks.push(
      await check(service.name, plural(here.length, 'job'), async () => {
        const usesConnector = here.some(({ command }) => command === undefined);
        const declared = usesConnector ? neededBy(declarationOf(await loadConnector(service))) : [];
        const needed = new Set([...declared, ...here.flatMap(({ dependencies }) => dependencies)]);
        const missing = [...needed].filter((name) => (host.env[name] ?? '') === '');
        if (missing.length > 0) {
          const page = usesConnector ? await readmeOf(service, config, host) : undefined;
          const hint = page === undefined ? {} : { hint: `How to get them: ${page}` };
          const message = `not set in this environment: ${missing.join(', ')}`;
          throw new TidemillError('auth', 'credentials-missing', message, hint);
        }
      }),
    );
  }
  return checks;
}

/** GitHub hides a secret line by line, wherever it finds one, and hands no plan on that it finds one in: see text/handed-on.ts. */
const SHORT_LINE = 4;

/** Whether GitHub would hide nearly everything for the sake of this secret. */
export const hasShortLine = (value: string): boolean =>
  value.split(/[\r\n]/).some((line) => line.trim() !== '' && line.trim().length < SHORT_LINE);

/** Credentials that GitHub may find in anything. Never a value. */
async function shortLineNotes(config: Config, environment: string, { env }: Host): Promise<Check[]> {
  const needs = await needsOf(config);
  const names = new Set(jobsHere(config, environment).flatMap(({ id }) => [...(needs.get(id) ?? [])]));
  const short = [...names].filter((name) => hasShortLine(env[name] ?? ''));
  if (short.length === 0) return [];
  const says = `${short.join(', ')}: of fewer than ${SHORT_LINE} characters, or a line of it is. As a secret GitHub would hide that everywhere, and with it what a plan hands to its legs: make it a variable if it is no secret, and a file one line`;
  return [{ what: 'short secrets', is_fine: true, is_note: true, says }];
}
