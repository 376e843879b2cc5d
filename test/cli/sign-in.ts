/** Somebody who signs in with `tidemill auth`, and services that are strict about it. */
import type { Answer } from '../fakes/oauth-authority.ts';
import { type FakeOAuth, type FakeOAuthOptions, fakeOAuth } from '../fakes/oauth-server.ts';
import { type Outcome, type Project, project } from './project.ts';

export const CLIENT = { SIGNED_ID: 'client-1', SIGNED_SECRET: 'client-secret-77aa31' };
const JOBS = {
  activities: { service: 'signed', data_type: 'activities' },
  profiles: { service: 'signed', data_type: 'profiles', enabled: false },
  elsewhere: { service: 'signed', data_type: 'profiles', environment: 'prd' },
};

export interface Position extends Project {
  readonly source: FakeOAuth;
  /** Pages that the browser showed, with their statuses. */
  readonly pages: string[];
}

export async function place(options: FakeOAuthOptions = {}, jobs: object = JOBS): Promise<Position> {
  const source = await fakeOAuth({
    clientAuthentication: 'body',
    scopeSeparator: ',',
    authorizeParameters: { prompt: 'consent' },
    now: () => new Date('2026-11-21T06:30:00Z'),
    ...options,
  });
  const at = { base_url: source.url, auth_url: source.url };
  const services = Object.fromEntries(
    ['signed', 'tokened', 'keyed'].map((name) => [name, { package: `@example/${name}`, ...at }]),
  );
  const environments = { dev: { bucket: 'bucket-dev' }, prd: { bucket: 'bucket-prd' } };
  const config = JSON.stringify({ environments, services, jobs });
  return { ...(await project({ 'ingestion-config.yaml': config })), source, pages: [] };
}

export interface Visit {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly answer?: Answer;
  /** What else the browser, or somebody else, does with the address before. */
  readonly before?: (address: URL) => Promise<void>;
}

/** Somebody runs the command and does in the browser what it asks for. */
export async function signIn(here: Position, { args = [], env = {}, answer, before }: Visit = {}): Promise<Outcome> {
  const browse = async (address: string): Promise<void> => {
    await before?.(new URL(address));
    const { status, text } = await here.source.browse(address, answer);
    here.pages.push(`${status} ${text}`);
  };
  let browsing: Promise<void> | undefined;
  const outcome = await here.run(['auth', 'signed', '--environment', 'dev', ...args], {
    env: { ...CLIENT, ...env },
    person: {
      browse: (address) => {
        browsing = browse(address);
      },
    },
  });
  await browsing;
  return outcome;
}

/** Tokens and codes that stand in an output. */
export const leaked = ({ source }: Position, { stdout, stderr }: Outcome): string[] =>
  [...source.authority.issued, CLIENT.SIGNED_SECRET].filter((secret) => `${stdout}${stderr}`.includes(secret));

export const refreshTokenIn = (text: string): string => /SIGNED_REFRESH_TOKEN=(\S+)/.exec(text)?.[1] ?? '';

/** An API that needs the scope of its jobs. */
export function activities(
  { path, ...request }: Parameters<NonNullable<FakeOAuthOptions['api']>>[0],
  authority: FakeOAuth['authority'],
) {
  if (path !== '/activities') return undefined;
  return authority.scopesOf(request)?.includes('activity') ? { json: [{ id: 'a' }] } : { status: 401, json: {} };
}
