/** The world outside as the use cases see it: handed in by whoever calls them. It has no terminal. */
import type { Clock } from '@tidemill/kit/retry';
import type { Claim } from '../state/job-state.ts';

export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  /** Different in every process. */
  readonly nonce: string;
  /** Aborted when the work is to end in order: at the first Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
  /** Who asks for this, for the histories of jobs. */
  readonly user: string;
  /** This process, where others on the machine can look it up. */
  readonly holder: Claim['holder'];
  isAlive(holder: NonNullable<Claim['holder']>): boolean | undefined;
  /** What the work runs on: `v24.1.0`, `linux x64`. */
  readonly runtime: { readonly node: string; readonly system: string };
  /** Our packages in the bundle that this runs from, which a machine with it need not install; undefined where it runs from the sources. */
  readonly bundled?: readonly string[] | undefined;
  isFile(path: string): boolean;
  readFile(path: string): string;
  /** A file that only its owner may read; makes the folders on the way. */
  writeSecretFile(path: string, text: string): void;
  /** Told of a secret that came to be while jobs run, before it is used. */
  onSecret(secret: string): Promise<void>;
  /** Throws kind `config` if it could not be written. */
  checkSecretFile(path: string): void;
}

/** The same host with its clock set to another time, from which it runs on. */
export function hostAt<H extends Host>(host: H, start: Date): H {
  const offset = start.getTime() - host.clock.now().getTime();
  const now = (): Date => new Date(host.clock.now().getTime() + offset);
  return { ...host, clock: { ...host.clock, now } };
}

/** An empty variable is one that is not set: that is how GitHub hands over an input nobody filled in. */
export function setting({ env }: Pick<Host, 'env'>, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

export const isOnActions = ({ env }: Pick<Host, 'env'>): boolean => env['GITHUB_ACTIONS'] === 'true';

/** True when the process that holds the claim ran on this machine and is known to be gone. */
export const isAbandoned = ({ holder }: Claim, host: Pick<Host, 'holder' | 'isAlive'>): boolean =>
  holder !== undefined && holder.host === host.holder?.host && host.isAlive(holder) === false;
