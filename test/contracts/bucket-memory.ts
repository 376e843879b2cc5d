import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface MemoryTrial {
  /** An expression of the function that opens the bucket. */
  readonly open: string;
  readonly location: string;
  readonly env: Readonly<Record<string, string>>;
  readonly megabytes: number;
}

/**
 * Streams that many megabytes into an object `long`, in a process of its own, and answers by how many megabytes the
 * process grew at most, after a shorter stream has warmed it up.
 */
export async function growthWhileWriting({ open, location, env, megabytes }: MemoryTrial): Promise<number> {
  const script = `
    const open = ${open};
    const clock = { now: () => new Date(0), sleep: async () => {} };
    const bucket = open({ location: ${JSON.stringify(location)}, env: ${JSON.stringify(env)}, clock, random: () => 0 });
    // One chunk for all, so that only what the driver holds is counted.
    const chunk = Buffer.alloc(100_000, 'x');
    let peak = 0;
    async function* long(megabytes) {
      for (let sent = 0; sent < megabytes * 10; sent += 1) {
        yield chunk;
        peak = Math.max(peak, process.memoryUsage.rss());
      }
    }
    const options = { contentType: 'text/plain' };
    await bucket.write('long', long(20), options);
    const before = process.memoryUsage.rss();
    await bucket.write('long', long(${megabytes}), options);
    console.log(((peak - before) / 1e6).toFixed(1));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  return Number(stdout);
}
