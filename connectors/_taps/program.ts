/** A tap as a program: its lines as they come, what it says to people without secrets, and how it ends. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { TidemillError } from '@tidemill/kit';
import { tell, type World } from './world.ts';

export interface Tap {
  readonly program: string;
  readonly args: readonly string[];
  /** Takes secrets out of what it says. */
  readonly redact: (text: string) => string;
}

const LINE_BREAK = 10;
/** As much as the orchestrator takes. */
const MOST_LINE_BYTES = 64 * 1024 * 1024;
const MOST_SAID_CHARS = 64 * 1024;

/**
 * The lines that it prints, without their ends; the last one may have none. Empty ones are left out. Ends when the tap has ended well,
 * and throws `tap-failed`, `tap-not-started` or `tap-output` where it has not. Who stops reading ends it.
 */
export async function* linesOf(tap: Tap, world: World): AsyncGenerator<Buffer> {
  world.signal.throwIfAborted();
  // In the process group of this one, so that whoever ends that ends both.
  // Python keeps what it prints into a pipe until there is enough of it: a kill would cost that.
  const env = { PYTHONUNBUFFERED: '1', ...world.env };
  const child = spawn(tap.program, tap.args, { cwd: world.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ending = endOf(child);
  const saying = say(child.stderr, tap, world).catch(() => undefined);
  const stop = (): void => {
    child.kill('SIGTERM');
    // One that hears of no signal is not waited for.
    child.stdout.destroy();
  };
  world.signal.addEventListener('abort', stop, { once: true });
  try {
    const rest = yield* splitLines(child.stdout, tap.program);
    const { code, signal, error } = await ending;
    const last = await saying;
    world.signal.throwIfAborted();
    if (error !== undefined) throw notStarted(tap.program, error);
    if (code !== 0) throw failed(tap.program, code ?? signal ?? 'no exit code', last);
    // Of one that was killed, it may be half of what it was to be.
    if (!isBlank(rest)) yield rest;
  } catch (error) {
    world.signal.throwIfAborted();
    throw error;
  } finally {
    world.signal.removeEventListener('abort', stop);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    // What it has started may hold them open.
    child.stdout.destroy();
    child.stderr.destroy();
    await ending;
  }
}

/** All that it prints, as one text. */
export async function textOf(tap: Tap, world: World): Promise<string> {
  const lines = await Array.fromAsync(linesOf(tap, world));
  return Buffer.concat(lines.flatMap((line) => [line, Buffer.of(LINE_BREAK)])).toString();
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly error?: Error;
}

const endOf = (child: Child): Promise<Ending> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });

/** Returns what stands behind the last line break. */
async function* splitLines(chunks: AsyncIterable<Buffer>, program: string): AsyncGenerator<Buffer, Buffer> {
  let rest: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_BREAK); end !== -1; end = chunk.indexOf(LINE_BREAK, from)) {
      const line = rest.length === 0 ? chunk.subarray(from, end) : Buffer.concat([...rest, chunk.subarray(from, end)]);
      if (!isBlank(line)) yield line;
      [rest, size, from] = [[], 0, end + 1];
    }
    size += chunk.length - from;
    if (from < chunk.length) rest.push(chunk.subarray(from));
    if (size > MOST_LINE_BYTES) throw tooLong(program);
  }
  return Buffer.concat(rest);
}

const isBlank = (line: Buffer): boolean => (line[0] ?? 0) <= 0x20 && line.toString().trim() === '';

/** Hands on what it says line by line; answers the last line. */
async function say(stream: Readable, { redact }: Tap, world: World): Promise<string | undefined> {
  let rest = '';
  let last: string | undefined;
  const hand = (raw: string): void => {
    const line = redact(raw).trimEnd();
    if (line === '') return;
    last = line.trim();
    tell(world, line);
  };
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) hand(line);
    // Not cut short: half a secret would not be known as one.
    if (rest.length > MOST_SAID_CHARS) rest = '(a line without end)';
  }
  hand(rest);
  return last;
}

/** Resolves when the stream takes more. */
export async function written({ stdout, signal }: World, bytes: Uint8Array): Promise<void> {
  signal.throwIfAborted();
  if (!stdout.write(bytes)) await once(stdout, 'drain', { signal });
}

function failed(program: string, ending: number | string, last: string | undefined): TidemillError {
  const said = last === undefined ? '' : `; the last it said: ${last}`;
  return new TidemillError('source-changed', 'tap-failed', `${program} ended with ${ending}${said}`, {
    hint: 'Look at what it says above, and run it by hand.',
  });
}

const notStarted = (program: string, cause: Error): TidemillError =>
  new TidemillError('config', 'tap-not-started', `${program} cannot be started`, {
    hint: 'Is it installed? Name it under setup of the service, as python: [tap-…==…], then `npx tidemill setup`.',
    cause,
  });

const tooLong = (program: string): TidemillError =>
  new TidemillError('source-changed', 'tap-output', `${program} prints a line of more than ${MOST_LINE_BYTES} bytes`, {
    hint: 'A record is kept on one line, of at most 64 MiB. Leave the field out that is so large, if the tap can.',
  });
