/** `tidemill auth SERVICE`: everything that can be refused is refused before the person has to do anything. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { type Connector, TidemillError } from '@tidemill/kit';
import { readCredentials, valuesOf } from '@tidemill/kit/credentials';
import { jobsHere, readmeOf } from '../app/missing-credentials.ts';
import type { Person } from '../auth/try.ts';
import type { Service } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import { loadConnector } from '../run/extract/connector.ts';
import type { AuthOptions } from './auth.ts';
import { deliver, destinationOf } from './auth-destination.ts';
import type { TerminalSession as Session, Terminal } from './host.ts';

/** Throws TidemillErrors of kind `config` or `auth` that say what to do. */
export async function signInTo(session: Session, name: string, options: AuthOptions): Promise<void> {
  const { host } = session;
  const service = serviceNamed(session, name);
  const connector = await loadConnector(service);
  const dataTypes = dataTypesOf(session, name);
  const credentials = valuesOf(connector.credentials, host.env);
  await checkGiven(session, service, connector, options);
  const way = wayOf(host, options);
  const destination = await destinationOf(session, options);
  const { signIn } = await import('../auth/sign-in.ts');
  const { clock, random, interrupted: signal } = host;
  const secrecy = { state: secret(), verifier: secret() };
  const person = personAt(host);
  const found = await signIn({
    connector,
    service,
    credentials,
    dataTypes,
    way,
    secrecy,
    person,
    clock,
    random,
    signal,
  });
  await deliver(session, { connector, destination, found, json: options.json });
  if (found.doubt !== undefined) throw found.doubt;
}

/** What the enabled jobs of the environment read from the service. Throws kind `config` when there are none. */
function dataTypesOf({ config, environment }: Session, service: string): ReadonlySet<string> {
  const jobs = jobsHere(config, environment.name).filter((job) => job.service === service && job.command === undefined);
  if (jobs.length > 0) return new Set(jobs.map((job) => job.data_type));
  throw new TidemillError('config', 'sign-in-jobs', `No enabled job in ${environment.name} reads from ${service}`, {
    hint: 'What is asked for at the service is what the jobs need: add one, or name another --environment.',
  });
}

function serviceNamed({ config }: Session, name: string): Service {
  const service = config.services.get(name);
  if (service !== undefined) return service;
  const near = nearest(name, [...config.services.keys()]);
  throw new TidemillError('config', 'unknown-service', `There is no service "${name}" in the configuration`, {
    hint: near === undefined ? '`tidemill auth` lists them.' : `Did you mean "${near}"?`,
  });
}

/** What must be set before a sign-in can begin: all but what it ends with. */
async function checkGiven(session: Session, service: Service, connector: Connector, options: AuthOptions) {
  if (options.import !== undefined) return;
  const { config, host } = session;
  const missing = neededToSignIn(connector, host.env);
  if (missing.length === 0) return;
  const page = await readmeOf(service, config, host);
  const message = `To sign in to ${service.name}, first set in this shell: ${missing.join(', ')}`;
  throw new TidemillError('auth', 'credentials-missing', message, {
    hint: `How to get them: ${page ?? connector.homepage}`,
  });
}

function neededToSignIn({ credentials, oauth, tokens, signIn }: Connector, env: Terminal['env']): string[] {
  const isByPassword = oauth === undefined && signIn?.withPassword !== undefined;
  const result = isByPassword ? tokens?.seed : oauth?.credentials.refreshToken;
  const forRuns = readCredentials(credentials, env).missing.filter((name) => name !== result);
  if (!isByPassword) return forRuns;
  const asked = credentials.filter(({ use, optional }) => use === 'sign-in' && optional !== true);
  return [...forRuns, ...asked.map(({ name }) => name).filter((name) => (env[name] ?? '') === '')];
}

function wayOf(host: Terminal, { paste, import: file }: AuthOptions): 'browser' | 'paste' | { readonly text: string } {
  if (file === undefined) return paste === true ? 'paste' : 'browser';
  const path = resolve(host.cwd, file);
  if (host.isFile(path)) return { text: host.readFile(path) };
  throw new TidemillError('config', 'import-missing', `There is no file ${path} to import`);
}

function personAt({ stderr, askLine, openBrowser }: Terminal): Person {
  return {
    say: (text) => stderr.write(text),
    openBrowser,
    ask: async (question) => {
      if (askLine !== undefined) return askLine(question);
      throw new TidemillError('config', 'sign-in-terminal', 'There is nobody at a terminal to answer', {
        hint: 'Run it where you can type, and store what comes of it with --set-secrets.',
      });
    },
  };
}

/** 256 bits that nobody can guess, as the letters a URL takes. */
const secret = (): string => randomBytes(32).toString('base64url');
