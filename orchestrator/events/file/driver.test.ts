import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventsContract } from '../../../test/contracts/events.ts';
import { eventsOf } from '../../../test/contracts/events-check.ts';
import { fakeClock } from '../../../test/fakes/clock.ts';
import type { EventSink } from '../contract.ts';
import type { PublishedEvent } from '../published/envelope.ts';
import openFile from './driver.ts';

const open = (location: string): EventSink => openFile({ location, env: {}, clock: fakeClock(), random: () => 0 });

/** Each line that is whole. */
async function linesOf(path: string): Promise<PublishedEvent[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

eventsContract('a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-events-'));
  const path = join(folder, 'below', 'events.ndjson');
  return {
    open: () => open(pathToFileURL(path).href),
    let: async () => undefined,
    // It takes all that is sent at once, or nothing of it.
    cannot: ['fails', 'refuses'],
    received: () => linesOf(path),
    secrets: [],
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
});

describe('a file of events', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemill-events-'));
    path = join(folder, 'events.ndjson');
  });

  const append = (count: number, from = 1): Promise<void> =>
    open(pathToFileURL(path).href).send(eventsOf(count, from), {
      taken: () => undefined,
      signal: new AbortController().signal,
    });

  it('has one event a line', async () => {
    await append(3);
    expect((await readFile(path, 'utf8')).split('\n')).toEqual([
      ...eventsOf(3).map((event) => JSON.stringify(event)),
      '',
    ]);
  });

  it('is not damaged for what comes later by what was cut off, wherever that was', async () => {
    await append(2);
    const whole = await readFile(path);
    for (let size = 1; size <= whole.length; size += 1) {
      await writeFile(path, whole);
      await truncate(path, size);
      await append(1, 9);
      const events = await linesOf(path);
      expect(events.at(-1), `cut after ${size} bytes`).toEqual(eventsOf(1, 9)[0]);
      expect(events.slice(0, -1), `cut after ${size} bytes`).toEqual(eventsOf(events.length - 1));
    }
  });

  it('takes what many append at once, each line whole', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => append(10, index * 10 + 1)));
    const ids = (await linesOf(path)).map(({ id }) => id).sort();
    expect(ids).toEqual(
      eventsOf(200)
        .map(({ id }) => id)
        .sort(),
    );
    expect((await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')).toHaveLength(200);
  });

  it('says who must act where it cannot be written', async () => {
    await mkdir(path);
    const refused = { kind: 'config', code: 'event-file-refused', message: expect.stringContaining('EISDIR') };
    await expect(append(1)).rejects.toMatchObject(refused);
    await expect(open(pathToFileURL(path).href).check([])).rejects.toMatchObject(refused);
  });
});

it.each(['/dev/null', '/dev/stdout', '/dev/full'])('is not %s, which keeps nothing', async (path) => {
  const sink = open(pathToFileURL(path).href);
  const refused = { kind: 'config', code: 'event-file-refused' };
  await expect(sink.check([])).rejects.toMatchObject(refused);
  const sending = { taken: () => undefined, signal: new AbortController().signal };
  await expect(sink.send(eventsOf(1), sending)).rejects.toMatchObject(refused);
});

it('is no pipe, which nobody may read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-events-'));
  const path = join(folder, 'pipe');
  execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
  await expect(open(pathToFileURL(path).href).check([])).rejects.toMatchObject({ code: 'event-file-refused' });
});

/** Appends ten events in a process whose files may be of 2 KiB at most; prints how many were taken, and what was thrown. */
const CRAMPED = `
const { default: open } = await import(process.argv[1]);
const { eventsOf } = await import(process.argv[2]);
let taken = 0;
const sending = { taken: (count) => { taken += count; }, signal: new AbortController().signal };
const error = await open({ location: process.argv[3] }).send(eventsOf(10), sending).then(() => undefined, (thrown) => thrown);
console.log(JSON.stringify({ taken, code: error?.code }));`;

it.runIf(process.platform === 'linux')('of what a full disk has room for, is not told again', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'tidemill-events-')), 'events.ndjson');
  await writeFile(path, 'a line that was cut');
  const modules = ['./driver.ts', '../../../test/contracts/events-check.ts'].map(
    (one) => new URL(one, import.meta.url),
  );
  const args = ['--input-type=module', '--eval', CRAMPED, ...modules.map(String), pathToFileURL(path).href];
  // As on a full disk the write ends short, and the next one fails.
  const limited = ['-c', `ulimit -f 4 && exec "$0" "$@"`, process.execPath, ...args];
  const { taken, code } = JSON.parse(execFileSync('sh', limited, { encoding: 'utf8' }));
  const there = await linesOf(path);
  expect(code).toBe('event-file-full');
  expect([taken, there]).toEqual([there.length, eventsOf(there.length)]);
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(10);
});

it.each(['file://host/events.ndjson', 'file:///events/', 'file:///events?x=1', 'nothing'])(
  'is not at %s',
  (location) => {
    expect(() => open(location)).toThrow(expect.objectContaining({ kind: 'config', code: 'event-file-location' }));
  },
);
