/** Where a cursor is to be put, from what a person said. */
import { type CursorSpec, type Stream, TidemillError } from '@tidemill/kit';
import type { Job } from '../config/job.ts';
import { COMMAND_CURSOR } from '../run/extract/command-stream.ts';
import { loadConnector } from '../run/extract/connector.ts';
import { streamOf } from '../run/extract/job-stream.ts';
import type { JobState } from '../state/job-state.ts';
import { serviceOf } from './assignments.ts';
import { parseInstant, type Session } from './session.ts';

/** `to` is an instant, or the cursor itself as JSON. Throws kind `config` for what is no cursor of the job's stream. */
export async function newCursor(session: Session, job: Job, to: string): Promise<NonNullable<JobState['cursor']>> {
  const stream = await streamIn(session, job);
  const spec = stream === undefined ? COMMAND_CURSOR : cursorSpecOf(job, stream);
  return { version: spec.version, value: cursorFrom(job, spec, to) };
}

/** The connector's stream; undefined for a command. */
export async function streamIn({ config }: Session, job: Job): Promise<Stream | undefined> {
  if (job.command !== undefined) return undefined;
  return streamOf(await loadConnector(serviceOf(config, job)), job);
}

/** Whether its table is only added to, and nothing tells its rows apart. Of a connector that cannot be had it is not known. */
export async function hasNoKey(session: Session, job: Job): Promise<boolean> {
  const stream = await streamIn(session, job).catch(() => undefined);
  const { key, write } = stream ?? { key: job.primary_key, write: job.write };
  return write === 'append' && key.length === 0;
}

function cursorSpecOf({ id }: Job, stream: Stream): CursorSpec<unknown> {
  if (stream.cursor !== undefined) return stream.cursor;
  throw new TidemillError('config', 'rewind-no-cursor', `${id}: ${stream.name} has no cursor that could be moved`, {
    hint: `Every run reads what it is given: \`npx tidemill run ${id} --slot INSTANT\`, or \`npx tidemill backfill ${id}\`.`,
  });
}

/** Not an instant is JSON; a cursor that is a text has its quotes around it. */
function cursorFrom({ id, command }: Job, spec: CursorSpec<unknown>, text: string): unknown {
  if (/^\d{4}-/.test(text)) {
    const instant = parseInstant('--to', text);
    if (spec.at !== undefined) return spec.at(instant);
    throw new TidemillError('config', 'rewind-no-instant', `${id}: its source cannot be asked for a time`, {
      hint:
        command === undefined
          ? 'Give the cursor itself as JSON; `npx tidemill status` of the job shows what one looks like.'
          : `Give what its command is to find in $TIDEMILL_CURSOR_FILE, in quotes. To have a span read again: \`npx tidemill backfill ${id} --from INSTANT --to INSTANT\`.`,
    });
  }
  const value = parseJson(text);
  const parsed = spec.schema.safeParse(value);
  if (parsed.success) return value;
  const issues = parsed.error.issues.map(({ path, message }) => [...path.map(String), message].join(': '));
  throw new TidemillError(
    'config',
    'rewind-cursor',
    `${id}: --to is no cursor of the connector: ${issues.join('; ')}`,
    {
      hint: 'Write it as JSON, as `npx tidemill status` of the job shows it, or give an instant.',
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
