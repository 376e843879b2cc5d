/** A bridge as a process: what it prints, how it is stopped, and how it ends. */
import { answering } from '../ending.ts';

/** See `World` for what a bridge is handed. */
export async function start(bridge) {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stop.abort(new Error(signal)));
  // Who reads has gone: what the tap says now, nobody will know.
  process.stdout.once('error', (error) => stop.abort(error));
  const { args, env, cwd } = { args: process.argv.slice(2), env: process.env, cwd: process.cwd() };
  const world = { args, env, cwd, stdout: process.stdout, stderr: process.stderr, signal: stop.signal };
  process.exitCode = await answering(bridge, world);
}
