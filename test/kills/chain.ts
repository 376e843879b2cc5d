/** A chain: a leg that is killed, run again and killed again, until a run ends by itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Death, LegLine, LegOrder } from './leg.ts';
import type { Place } from './places.ts';
import type { Stage } from './points.ts';

/** Many times what a leg takes on a busy machine. */
const LIMIT_MS = 120_000;

/** Compiled code of all legs of this run; it goes when the places go. */
const cacheOf = ({ folder }: Place): string => join(dirname(folder), 'compile-cache');

export interface Ended {
  readonly exit: number;
  readonly result: string;
  readonly why: string;
  readonly points: readonly string[];
}

/** How a leg's process came to its end. `random` is a time, and falls wherever it falls. */
export type Fate =
  | { readonly killed: true; readonly stage: Stage | 'random'; readonly where: string; readonly number: number }
  | ({ readonly killed: false } & Ended);

/** Runs one leg in a process of its own. */
export async function runLeg(place: Place, order: Omit<LegOrder, 'config' | 'source'>): Promise<Fate> {
  const { config, leg } = place;
  const child = spawn(process.execPath, [leg.program, JSON.stringify({ ...order, config, source: leg.source })], {
    cwd: place.folder,
    // What a dead process leaves of its temporary files goes with the place.
    env: {
      PATH: process.env['PATH'],
      HOME: place.folder,
      TMPDIR: place.folder,
      NODE_COMPILE_CACHE: cacheOf(place),
      ...place.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // One that hangs is a failure with a name; this signal is nobody else's.
    timeout: LIMIT_MS,
    killSignal: 'SIGHUP',
  });
  const { death } = order;
  let dying: Extract<LegLine, { says: 'dying' }> | undefined;
  let ended: Ended | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as LegLine;
    if (line.says === 'dying') dying = line;
    else if (line.says === 'ended') ended = line;
    else if (death !== undefined && 'afterMs' in death) timer = setTimeout(() => child.kill('SIGKILL'), death.afterMs);
  });
  // Not before it is closed: the last line may arrive after the death.
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  if (signal === 'SIGKILL' && dying !== undefined) {
    const { stage, label, number } = dying.point;
    return { killed: true, stage, where: label, number };
  }
  if (signal === 'SIGKILL' && death !== undefined && 'from' in death) {
    return { killed: true, stage: 'random', where: `${death.afterMs} ms after point ${death.from}`, number: 0 };
  }
  if (code === 0 && ended !== undefined) return { killed: false, ...ended };
  return { killed: false, exit: code ?? 1, result: 'nothing', why: stderr || `${signal}`, points: [] };
}

/** A death as `--only` takes it: `12`, or `7+30` for 30 ms after point 7. */
export const deathText = (death: Death): string =>
  'at' in death ? String(death.at) : 'from' in death ? `${death.from}+${death.afterMs}` : '?';

/** Throws when it is not one. */
export function parseDeath(text: string): Death {
  const [, point, delay] = /^(\d+)(?:\+(\d+))?$/.exec(text) ?? [];
  if (point === undefined) throw new Error(`"${text}" is no death: write POINT or POINT+MILLISECONDS`);
  return delay === undefined ? { at: Number(point) } : { from: Number(point), afterMs: Number(delay) };
}
