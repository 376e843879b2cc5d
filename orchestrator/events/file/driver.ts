/**
 * A file as a sink of events: each is a line, a CloudEvent as one JSON object
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). Whoever reads it passes over a line that is no
 * JSON: a disk that was full, or a kill, may have left a part of one. What comes after it begins on a line of its own.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidemillError } from '@tidemill/kit';
import { makeFolder } from '@tidemill/kit/folder';
import type { EventSink, EventsOptions, OpenEvents } from '../contract.ts';
import type { PublishedEvent } from '../published/envelope.ts';

export default (({ location }: Omit<EventsOptions, 'bucket'>) => openEventFile(location)) satisfies OpenEvents;

const NEWLINE = 0x0a;

function openEventFile(location: string): EventSink {
  const path = pathOf(location);
  return {
    url: location,
    async check() {
      await (await opened(path)).close();
    },
    async send(events, { taken, signal }) {
      signal.throwIfAborted();
      const file = await opened(path);
      try {
        await append(file, path, events, taken);
      } finally {
        await file.close();
      }
    },
    close: async () => undefined,
  };
}

/** Throws kind `config`. */
function pathOf(location: string): string {
  const url = URL.parse(location);
  // With a host it would be another machine's.
  if (url?.host === '' && url.search === '' && url.hash === '' && !location.endsWith('/')) return fileURLToPath(url);
  throw new TidemillError('config', 'event-file-location', 'A file of events is not written as file:PATH', {
    hint: 'Write file:events.ndjson, or file:///var/log/events.ndjson.',
  });
}

async function opened(path: string): Promise<FileHandle> {
  try {
    makeFolder(dirname(path));
    return await checked(await open(path, FLAGS), path);
  } catch (cause) {
    throw cause instanceof TidemillError ? cause : unwritable(path, cause);
  }
}

/** Of a pipe, nobody waits for who reads it. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/** A terminal, a pipe or a device keeps nothing, and can never say that it has something for good. */
async function checked(file: FileHandle, path: string): Promise<FileHandle> {
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw unwritable(path, { code: 'it keeps nothing' });
}

/** In one write, which no other process comes between; on the disk when it is told to be taken, be it only the first ones. */
async function append(
  file: FileHandle,
  path: string,
  events: readonly PublishedEvent[],
  taken: (events: number) => void,
): Promise<void> {
  const lines = events.map((event) => Buffer.from(`${JSON.stringify(event)}\n`));
  const { written, fault } = await write(file, lines);
  try {
    await file.datasync();
  } catch (cause) {
    throw unwritable(path, cause);
  }
  const whole = wholeIn(lines, written);
  if (whole > 0) taken(whole);
  if (fault !== undefined) throw unwritable(path, fault);
}

/** Answers how many bytes of the lines were written, and why not all. */
async function write(file: FileHandle, lines: readonly Buffer[]): Promise<{ written: number; fault?: unknown }> {
  let written = 0;
  try {
    const gap = Buffer.from((await endsInside(file)) ? '\n' : '');
    written -= gap.length;
    const bytes = Buffer.concat([gap, ...lines]);
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, at);
      at += bytesWritten;
      written += bytesWritten;
    }
    return { written };
  } catch (fault) {
    return { written, fault };
  }
}

/** How many lines so many bytes hold, from the first on. */
function wholeIn(lines: readonly Buffer[], bytes: number): number {
  let end = 0;
  const past = lines.findIndex((line) => {
    end += line.length;
    return end > bytes;
  });
  return past === -1 ? lines.length : past;
}

/** Whether somebody was cut off in the middle of a line. */
async function endsInside(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] !== NEWLINE;
}

function unwritable(path: string, cause: unknown): TidemillError {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) {
    return new TidemillError('config', 'event-file-full', `No space is left for the events in ${path}`, {
      hint: 'Free some space, or move old events elsewhere: the file may be moved at any time.',
      cause,
    });
  }
  return new TidemillError('config', 'event-file-refused', `Events cannot be written to ${path} (${code})`, {
    hint: 'It must be a file that this user may write, in a folder that is there or can be made.',
    cause,
  });
}
