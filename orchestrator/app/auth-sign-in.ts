/** Signs in to a service: everything that can be refused is refused before the person has to do anything. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { type Connector, TidemillError } from '@tidemill/kit';
import { readCredentials, valuesOf } from '@tidemill/kit/credentials';
import type { Person } from '../auth/try.ts';
import type { Service } from '../config/job.ts';
import { loadConnector } from '../run/extract/connector.ts';
import { type Destination, deliver, openDestination, type SignInAnswer } from './auth-destination.ts';
import type { Host } from './host.ts';
import { readmeOf } from './missing-credentials.ts';
import { serviceNamed } from './service-named.ts';
import type { Session } from './session.ts';
import { dataTypesHere, scopesNeeded } from './sign-in-scopes.ts';

export interface SignInRequest {
  readonly service: string;
  /** `paste`: the browser is on another machine. */
  readonly way: 'browser' | 'paste';
  /** A token file of another program to take over, instead of signing in. */
  readonly import?: string | undefined;
  /** Where new credentials go. */
  readonly destination: Destination | undefined;
}

/** Throws TidemillErrors of kind `config` or `auth` that say what to do. What could not be kept or tried is in the answer. */
export async function signInTo(session: Session, request: SignInRequest, person: Person): Promise<SignInAnswer> {
  const { host } = session;
  const service = serviceNamed(session, request.service, 'npx tidemill auth');
  const connector = await loadConnector(service);
  checkJobs(session, service.name);
  const credentials = valuesOf(connector.credentials, host.env);
  if (request.import === undefined) await checkGiven(session, service, connector);
  const way = request.import === undefined ? request.way : textAt(host, request.import);
  const opened = await openDestination(session, request.destination);
  const { signIn } = await import('../auth/sign-in.ts');
  const { clock, random, interrupted: signal } = host;
  const secrecy = { state: secret(), verifier: secret() };
  const circumstances = { way, secrecy, person, clock, random, signal };
  const needed = await scopesNeeded(session, connector);
  const found = await signIn({ connector, service, credentials, ...needed, ...circumstances });
  return deliver(session, connector, opened, found);
}

/** Throws kind `config` when no enabled job of the environment reads from the service. */
function checkJobs(session: Session, service: string): void {
  if (dataTypesHere(session).has(service)) return;
  const { environment } = session;
  throw new TidemillError('config', 'sign-in-jobs', `No enabled job in ${environment.name} reads from ${service}`, {
    hint: 'What is asked for at the service is what the jobs need: add one, or name another --environment.',
  });
}

/** What must be set before a sign-in can begin: all but what it ends with. */
async function checkGiven(session: Session, service: Service, connector: Connector): Promise<void> {
  const { config, host } = session;
  const missing = neededToSignIn(connector, host.env);
  if (missing.length === 0) return;
  const page = await readmeOf(service, config, host);
  const message = `To sign in to ${service.name}, first set in this shell: ${missing.join(', ')}`;
  throw new TidemillError('auth', 'credentials-missing', message, {
    hint: `How to get them: ${page ?? connector.homepage}`,
  });
}

/** Names of what must be set and is not, before a sign-in can begin. */
export function neededToSignIn({ credentials, oauth, tokens, signIn }: Connector, env: Host['env']): string[] {
  const isByPassword = oauth === undefined && signIn?.withPassword !== undefined;
  const result = isByPassword ? tokens?.seed : oauth?.credentials.refreshToken;
  const forRuns = readCredentials(credentials, env).missing.filter((name) => name !== result);
  if (!isByPassword) return forRuns;
  const asked = credentials.filter(({ use, optional }) => use === 'sign-in' && optional !== true);
  return [...forRuns, ...asked.map(({ name }) => name).filter((name) => (env[name] ?? '') === '')];
}

function textAt(host: Host, file: string): { readonly text: string } {
  const path = resolve(host.cwd, file);
  if (host.isFile(path)) return { text: host.readFile(path) };
  throw new TidemillError('config', 'import-missing', `There is no file ${path} to import`);
}

/** 256 bits that nobody can guess, as the letters a URL takes. */
const secret = (): string => randomBytes(32).toString('base64url');
