/** A host as a server has one: no terminal, no process of its own to ask. */
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Host } from '../../orchestrator/app/host.ts';

export const NOW = '2026-11-21T06:30:00Z';

/** In a new folder with that configuration. JSON is YAML. */
export function hostWith(config: object, others: Partial<Host> = {}): Host {
  const cwd = mkdtempSync(join(tmpdir(), 'tidemill-app-'));
  writeFileSync(join(cwd, 'ingestion-config.yaml'), JSON.stringify(config));
  const unasked = (): never => {
    throw new Error('nothing here writes secrets');
  };
  return {
    env: {},
    cwd,
    clock: {
      now: () => new Date(NOW),
      sleep: async (milliseconds, signal) => {
        await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal });
      },
    },
    random: () => 0,
    nonce: 'app',
    interrupted: new AbortController().signal,
    user: 'a server',
    holder: undefined,
    isAlive: () => undefined,
    runtime: { node: 'v0', system: 'none' },
    isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
    readFile: (path) => readFileSync(path, 'utf8'),
    onSecret: async () => undefined,
    writeSecretFile: unasked,
    checkSecretFile: unasked,
    ...others,
  };
}
