/** A folder of its own for the files that a tap is handed; they may hold secrets. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { World } from './world.ts';

export interface Workplace {
  /** Writes what nobody else may read; answers the path. */
  readonly write: (name: string, value: unknown) => Promise<string>;
  readonly remove: () => Promise<void>;
}

/**
 * In the folder of the command where the orchestrator has given it one: who is killed cannot remove what it has written, and the
 * orchestrator removes that folder.
 */
export async function workplace({ env }: Pick<World, 'env'>): Promise<Workplace> {
  const { TIDEMILL_CURSOR_FILE: cursor } = env;
  const folder = await mkdtemp(join(cursor === undefined ? tmpdir() : dirname(cursor), 'tidemill-tap-'));
  return {
    write: async (name, value) => {
      const file = join(folder, name);
      await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value), { mode: 0o600, flag: 'wx' });
      return file;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
