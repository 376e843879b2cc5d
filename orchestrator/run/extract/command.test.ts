import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Emission, parseLine } from '@tidemill/kit';
import { describe, expect, it } from 'vitest';
import { jobOf } from '../../../test/fixtures/job.ts';
import { runCommand } from './command.ts';

const folder = await mkdtemp(join(tmpdir(), 'tidemill-command-test-'));

const unheard = { cursor: undefined, mode: 'incremental', notice: () => undefined, said: () => undefined } as const;

/** Runs a Node one-liner as a job's command. */
async function run(
  script: string,
  options: {
    env?: Record<string, string>;
    signal?: AbortSignal;
    said?: string[];
    cursor?: string;
    mode?: 'full' | 'backfill';
    command?: string;
    folder?: string;
  } = {},
) {
  const keyed = { primary_key: ['id'], write: 'upsert' } as const;
  const own = { working_directory: options.folder ?? folder };
  const job = jobOf({ ...keyed, ...own, id: 'mine', dependencies: ['MY_TOKEN'] });
  const emissions: (Emission<string> & { text?: string })[] = [];
  const running = runCommand({
    job,
    command: [options.command ?? process.execPath, '--eval', script],
    slot: '2026-11-21T06:00:00.000Z',
    environment: 'local',
    interval: { start: new Date('2026-11-21T05:00:00Z'), end: new Date('2026-11-21T06:00:00Z') },
    signal: options.signal ?? new AbortController().signal,
    env: { PATH: process.env['PATH'], ...options.env },
    cursor: options.cursor,
    mode: options.mode ?? 'incremental',
    notice: () => undefined,
    said: (line) => void options.said?.push(line),
  });
  for await (const emission of running) {
    if (!('artifact' in emission)) emissions.push(emission);
    else emissions.push({ ...emission, text: await textOf(emission.artifact) });
  }
  return emissions;
}

async function textOf(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  return Buffer.concat(await Array.fromAsync(body)).toString();
}

const lines = (emissions: readonly Emission<string>[]): Uint8Array[] =>
  emissions.flatMap((emission) => ('lines' in emission ? emission.lines : []));

const records = (emissions: readonly Emission<string>[]): unknown[] => lines(emissions).map(parseLine);

describe('a command job', () => {
  it('holds few large records in memory at once', async () => {
    const emissions = await run(`for (let i = 0; i < 5; i += 1) console.log(JSON.stringify('x'.repeat(3 << 20)))`);
    const pages = emissions.flatMap((emission) => ('lines' in emission ? [emission.lines.length] : []));
    expect(pages).toEqual([3, 2]);
  });

  it('is not started any more once its run is stopped', async () => {
    const marker = join(folder, 'started');
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(
      run(`require('fs').writeFileSync(${JSON.stringify(marker)}, '')`, { signal: stopped }),
    ).rejects.toThrow('stopped');
    expect(existsSync(marker)).toBe(false);
  });

  it('gives a record a line, integers exact, blank lines and a missing last line break included', async () => {
    const emissions = await run(`process.stdout.write('{"id":12345678901234567890}\\n\\n[1]\\n"é"')`);
    expect(records(emissions)).toEqual([{ id: 12345678901234567890n }, [1], 'é']);
  });

  it.each([
    '[0.123456789012345678901,1.0,1e3,1E400,-0,12345678901234567890]',
    '{ "a" : 1,\t"a":2 }\r',
    '"\\u00e9\\/ é \u2028"',
    '{"a":"\\ud800"}',
  ])('hands a line on as it came: %s', async (line) => {
    const emissions = await run(`process.stdout.write(${JSON.stringify(`${line}\n`)})`);
    expect(lines(emissions).map(String)).toEqual([Buffer.from(line).toString()]);
  });

  it('hands a line on that is not UTF-8, whole, for others to reject', async () => {
    const bytes = [0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xc3, 0x22, 0x7d];
    const emissions = await run(`process.stdout.write(Buffer.from([${bytes}, 10, 49, 10]))`);
    expect(lines(emissions).map((line) => [...line])).toEqual([bytes, [49]]);
  });

  it('streams any number of lines in pages', async () => {
    const emissions = await run(`for (let i = 0; i < 12345; i++) console.log(i)`);
    expect(records(emissions)).toHaveLength(12345);
    expect(emissions.length).toBeGreaterThan(20);
  });

  it('gives the files it leaves as artifacts, whatever they are called and wherever they lie', async () => {
    const emissions = await run(`const fs = require('fs'); const out = process.env.TIDEMILL_OUTPUT;
      fs.mkdirSync(out + '/2026/März', { recursive: true }); fs.symlinkSync('/etc/hostname', out + '/link');
      for (const name of ['a.csv', '2026/März/my report (1)%.txt', '..x']) fs.writeFileSync(out + '/' + name, 'x,y')`);
    expect(emissions).toMatchObject([
      { name: '..x', text: 'x,y' },
      { name: '2026/M%C3%A4rz/my%20report%20%281%29%25.txt', text: 'x,y' },
      { name: 'a.csv', text: 'x,y', url: 'command:mine' },
    ]);
  });

  it('says so of a file whose name is too long to keep', async () => {
    const script = `require('fs').writeFileSync(process.env.TIDEMILL_OUTPUT + '/' + 'ä'.repeat(100), 'x')`;
    await expect(run(script)).rejects.toMatchObject({ kind: 'source-changed', code: 'command-artifact' });
  });

  it('finds the programs of npm packages that are installed for its folder, before any other', async () => {
    const above = await mkdtemp(join(tmpdir(), 'tidemill-packages-'));
    const bin = join(above, 'node_modules/.bin');
    await mkdir(bin, { recursive: true });
    await mkdir(join(above, 'in/it'), { recursive: true });
    await symlink(process.execPath, join(bin, 'tap'));
    const told = await run(`console.log(JSON.stringify([process.env.PATH, process.env.TIDEMILL_SCOPE]))`, {
      command: 'tap',
      folder: join(above, 'in/it'),
    });
    expect(records(told)).toEqual([[`${bin}${delimiter}${process.env['PATH']}`, 'changes']]);
  });

  const FILE = 'process.env.TIDEMILL_CURSOR_FILE';
  const leave = (text: string): string => `require('fs').writeFileSync(${FILE}, ${text})`;

  it('finds the cursor of the last run in a file, and leaves a new one there', async () => {
    const script = `const fs = require('fs'); console.log(JSON.stringify(fs.readFileSync(${FILE}, 'utf8')));
      fs.writeFileSync(${FILE}, 'page 8\\n')`;
    const emissions = await run(script, { cursor: 'page 7' });
    expect(records(emissions)).toEqual(['page 7']);
    expect(emissions.at(-1)).toEqual({ mark: 'page 8', isLast: true });
    expect(records(await run(script))).toEqual(['']);
    const backfilled = await run(script, { cursor: 'page 7', mode: 'backfill' });
    expect([records(backfilled), backfilled.length]).toEqual([[''], 1]);
  });

  it.each(['""', '"\\n"'])('leaves no cursor where the file is empty: %s', async (text) => {
    expect(await run(leave(text), { cursor: 'page 7' })).toEqual([]);
  });

  it.each(['"x".repeat(70000)', 'Buffer.from([255])', '"a\\0b"'])(
    'says so of a cursor that is no short text: %s',
    async (text) => {
      await expect(run(leave(text))).rejects.toMatchObject({ kind: 'source-changed', code: 'command-cursor' });
    },
  );

  it('leaves no cursor when it fails', async () => {
    const seen: unknown[] = [];
    await run(`${leave('"8"')}; process.exitCode = 1`).catch((error) => seen.push(error.code));
    expect(seen).toEqual(['command-failed']);
  });

  it.each([
    ['full', 'true'],
    ['backfill', 'false'],
  ] as const)('is told of a full refresh: %s', async (mode, told) => {
    expect(records(await run('console.log(JSON.stringify(process.env.TIDEMILL_FULL_REFRESH))', { mode }))).toEqual([
      told,
    ]);
  });

  // https://github.com/actions/setup-python/issues/871
  it('sees where shared libraries lie, without which a Python of setup-python may not start', async () => {
    const env = { LD_LIBRARY_PATH: '/home/runner/_work/_tool/Python/3.12.3/x64/lib' };
    expect(records(await run('console.log(JSON.stringify(process.env.LD_LIBRARY_PATH))', { env }))).toEqual([
      env.LD_LIBRARY_PATH,
    ]);
  });

  it('sees its dependencies, its slot and interval, and nothing else of the environment', async () => {
    const env = { MY_TOKEN: 'mine', OTHER_TOKEN: 'not mine', TIDEMILL_STATE_KEY: 'not mine' };
    const [seen] = records(await run('console.log(JSON.stringify(process.env))', { env })) as [Record<string, string>];
    expect(seen).toMatchObject({
      MY_TOKEN: 'mine',
      TIDEMILL_JOB: 'mine',
      TIDEMILL_SLOT: '2026-11-21T06:00:00.000Z',
      TIDEMILL_INTERVAL_START: '2026-11-21T05:00:00.000Z',
      TIDEMILL_INTERVAL_END: '2026-11-21T06:00:00.000Z',
      TIDEMILL_ENVIRONMENT: 'local',
    });
    expect(JSON.stringify(seen)).not.toContain('not mine');
  });

  it('says what it writes to stderr as it comes, without secrets, and fails with the last line when it ends with another code than 0', async () => {
    const script = `for (let i = 0; i < 100; i++) console.error('line', i);
      console.error('token is', process.env.MY_TOKEN, encodeURIComponent(process.env.MY_TOKEN)); process.exitCode = 3`;
    const said: string[] = [];
    const failure = await run(script, { env: { MY_TOKEN: 's3cret/+value' }, said }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'source-changed', code: 'command-failed' });
    const { message } = failure as Error;
    expect(message).toMatch(/^mine: the command ended with 3; the last it said: token is \S+ \S+$/);
    expect([said[0], said[99], said.length]).toEqual(['line 0', 'line 99', 101]);
    expect([message, ...said].join('\n')).not.toMatch(/s3cret/);
  });

  it.each([
    ['throw new RangeError("too far")', 'RangeError: too far'],
    ['null.id', "TypeError: Cannot read properties of null (reading 'id')"],
    ['fetch("http://127.0.0.1:1")', 'TypeError: fetch failed'],
    ['throw Object.assign(new Error("no answer"), { code: "ENOANSWER" })', 'Error: no answer'],
    ['await Promise.reject("as a text")', 'Node.js v'],
    ['console.error("Error: tried again"); console.error("refused"); process.exitCode = 1', 'refused'],
  ])('is said to have ended with the error that Node has shown, not with its version: %s', async (script, last) => {
    const failure = await run(script).catch((error: unknown) => error);
    expect((failure as Error).message).toContain(`; the last it said: ${last}`);
  });

  it.each([
    [75, 'transient'],
    [77, 'auth'],
    [78, 'config'],
  ])('can say who must act by its exit code: %i', async (code, kind) => {
    await expect(run(`process.exitCode = ${code}`)).rejects.toMatchObject({ kind, code: 'command-failed' });
  });

  it('takes no byte order mark for a part of the first record', async () => {
    expect(lines(await run(`process.stdout.write('\\ufeff{"a":1}\\n\\ufeff2\\n')`)).map(String)).toEqual([
      '{"a":1}',
      '\ufeff2',
    ]);
  });

  it('hands a line on that is not JSON, wherever it stands, for others to reject', async () => {
    const emissions = await run(`console.log('Hello!'); console.log('{}'); console.log('my diary {')`);
    expect(lines(emissions).map(String)).toEqual(['Hello!', '{}', 'my diary {']);
  });

  it.each([
    [1, 'the first line of its output is not JSON; the first one stops being it at character 1'],
    [3, 'the first 3 lines of its output are not JSON; the first one stops being it at character 1'],
    [12345, 'the first 500 lines of its output are not JSON; the first one stops being it at character 1'],
  ])('fails when nothing that it prints is JSON, and does not say what it is: %i lines', async (many, says) => {
    const failure = await run(`for (let i = 0; i < ${many}; i++) console.log('my diary {')`).catch((thrown) => thrown);
    expect(failure).toMatchObject({ kind: 'source-changed', code: 'command-output', message: `mine: ${says}` });
  });

  it('that hangs ends with its whole process group when the time is over', async () => {
    const limit = new AbortController();
    const script = `const child = require('child_process').spawn(process.execPath, ['--eval', 'setInterval(() => 0, 1000)']);
      for (let i = 0; i < 500; i++) console.log(JSON.stringify({ child: child.pid })); setInterval(() => 0, 1000)`;
    const job = jobOf({ id: 'mine', working_directory: folder });
    const seen: unknown[] = [];
    const running = runCommand({
      job,
      command: [process.execPath, '--eval', script],
      slot: 'manual-1',
      environment: 'local',
      interval: { start: new Date(0), end: new Date(0) },
      signal: limit.signal,
      env: { PATH: process.env['PATH'] },
      ...unheard,
    });
    const reading = (async () => {
      for await (const emission of running) seen.push(...records([emission]));
    })();
    // 500 lines make a page; the first one tells the grandchild's process number.
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    limit.abort(new Error('time is over'));
    await expect(reading).rejects.toThrow();
    const { child } = seen[0] as { child: number };
    await expect.poll(() => isGone(child)).toBe(true);
  });

  it('that cannot be started says so', async () => {
    const job = jobOf({ id: 'mine', working_directory: folder });
    const running = runCommand({
      job,
      command: ['/nowhere/program'],
      slot: 'manual-1',
      environment: 'local',
      interval: { start: new Date(0), end: new Date(0) },
      signal: new AbortController().signal,
      env: {},
      ...unheard,
    });
    await expect(Array.fromAsync(running)).rejects.toMatchObject({ kind: 'config', code: 'command-not-started' });
  });
});

/** A killed process may stay as a zombie for as long as nobody reaps it: state `Z`. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return existsSync(`/proc/${pid}/stat`) && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
