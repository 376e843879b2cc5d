/** A process, what it took, and an end that it does not expect. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Took {
  readonly seconds: number;
  /** Of the processor, its own and the system's for it. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** Writes what it took to descriptor 3 when it ends, as `TELLS` does for Node. */
export const PYTHON_TELLS = `
import atexit, os, resource, runpy, sys
def tell():
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = sum(used.ru_utime + used.ru_stime for used in (own, children))
    os.write(3, f"{cpu} {max(own.ru_maxrss, children.ru_maxrss)}".encode())
atexit.register(tell)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
`;

/** Runs a program to its end. Throws when that is not 0, unless `until` came first: then it is killed. */
export async function run(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  until?: () => Promise<void>,
): Promise<Took> {
  const started = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const [errors, told] = [text(child.stderr), text(child.stdio[3] as Readable)];
  const ended = once(child, 'exit') as Promise<[number | null]>;
  if (until !== undefined) {
    await Promise.race([until(), ended]);
    child.kill('SIGKILL');
  }
  const [code] = await ended;
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0 && until === undefined) throw new Error(`${program} ${args.join(' ')}: ${code}\n${await errors}`);
  const [cpu, kilobytes] = (await told).split(' ').map(Number);
  return { seconds, cpuSeconds: cpu ?? Number.NaN, peakBytes: (kilobytes ?? Number.NaN) * 1024 };
}

async function text(stream: Readable | null): Promise<string> {
  let all = '';
  for await (const chunk of stream ?? []) all += String(chunk);
  return all;
}

export interface Shop {
  readonly url: string;
  /** Orders it has given out since this was last asked. */
  given(): Promise<number>;
  close(): void;
}

export async function openShop(orders: number): Promise<Shop> {
  const program = new URL('shop.ts', import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, [program, String(orders)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => (await lines.next()).value as string;
  const url = await line();
  return {
    url,
    given: async () => {
      child.stdin?.write('\n');
      return Number(await line());
    },
    close: () => child.kill(),
  };
}
