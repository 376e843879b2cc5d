/** Installs what the commands of services need: at home, and on a leg before it is given a secret. */
import { asTidemillError, TidemillError } from '@tidemill/kit';
import type { Config, Service } from '../config/job.ts';
import { nearest } from '../config/nearest.ts';
import { prepare, type Readiness, readinessOf } from '../run/extract/command-setup.ts';
import type { Host } from './host.ts';
import { hostNow, openConfig, type SessionOptions } from './session.ts';

export interface Prepared {
  readonly service: string;
  /** As it was found. */
  readonly found: Readiness;
}

export interface SetupOptions extends SessionOptions {
  /** Names of services; every one that has a setup if there are none. Those without are left alone. */
  readonly services: readonly string[];
  /** Install it again where it is ready, too. */
  readonly again?: true | undefined;
  /** Told of each line that an installer prints. */
  readonly said: (service: string, line: string) => void;
}

export interface SetUp {
  readonly prepared: readonly Prepared[];
  /** Of kind `config`: one for each service for which something cannot be installed. The others are prepared. */
  readonly faults: readonly TidemillError[];
}

/** Throws `unknown-service`, and when it is interrupted. */
export async function setUp(realHost: Host, options: SetupOptions): Promise<SetUp> {
  const host = hostNow(realHost, options);
  const prepared: Prepared[] = [];
  const faults: TidemillError[] = [];
  for (const service of chosen(openConfig(host, options), options.services)) {
    const said = (line: string): void => options.said(service.name, line);
    try {
      const found = await readinessOf(service.setup);
      if (found !== 'ready' || options.again) await prepare(service, { env: host.env, signal: host.interrupted, said });
      prepared.push({ service: service.name, found });
    } catch (thrown) {
      host.interrupted.throwIfAborted();
      faults.push(asTidemillError(thrown));
    }
  }
  return { prepared, faults };
}

function chosen({ services }: Config, names: readonly string[]): Service[] {
  for (const name of names) {
    if (services.has(name)) continue;
    const near = nearest(name, [...services.keys()]);
    throw new TidemillError('config', 'unknown-service', `There is no service "${name}" in the configuration`, {
      hint: near === undefined ? `There are: ${[...services.keys()].join(', ')}.` : `Did you mean "${near}"?`,
    });
  }
  return [...services.values()].filter(
    ({ name, setup }) => setup !== undefined && (names.length === 0 || names.includes(name)),
  );
}
