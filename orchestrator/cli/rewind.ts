import { type CursorSpec, type Stream, TidemillError } from '@tidemill/kit';
import { serviceOf } from '../app/orders.ts';
import { openSession, parseInstant, type Session } from '../app/session.ts';
import type { Job } from '../config/job.ts';
import { loadConnector, streamOf } from '../run/extract/connector.ts';
import { rewind } from '../state/operate.ts';
import { changeState, deedOf, isLiveIn, jobOf, type OperateOptions, operate } from './operate.ts';
import type { DefineCommand } from './program.ts';

interface RewindOptions extends OperateOptions {
  readonly to: string;
}

const EXAMPLE = `
Examples:
  tidemill rewind shop_orders --to 2026-11-01T00:00:00Z --reason "October was wrong at the source"
  tidemill rewind shop_orders --to '{"after":"2026-11-01T00:00:00Z"}' --reason "the same, as the connector writes it"`;

export const rewindCommand: DefineCommand = (command, host, exit) => {
  command('rewind')
    .argument('<job>', 'its id')
    .requiredOption('--to <cursor>', 'an instant, or the cursor itself as JSON')
    .requiredOption('--reason <text>', 'why, for the job’s history')
    .description(
      'Put the cursor elsewhere, so that the next run reads from there. What comes twice, the merge swallows.',
    )
    .addHelpText('after', EXAMPLE)
    .action(async (id: string, options: RewindOptions) => {
      const session = await openSession(host, options);
      const job = jobOf(session, id);
      const spec = cursorSpecOf(job, await streamIn(session, job));
      const cursor = { version: spec.version, value: cursorFrom(job, spec, options.to) };
      const says = `the next run reads from ${JSON.stringify(cursor.value)}`;
      const deed = deedOf(session, options);
      const act = () =>
        changeState(session, job, (state) => ({ next: rewind(state, cursor, isLiveIn(session), deed), says }));
      exit(await operate(session, [job], options, act));
    });
};

/** The connector's stream; undefined for a command. */
export async function streamIn({ config }: Session, job: Job): Promise<Stream | undefined> {
  if (job.command !== undefined) return undefined;
  return streamOf(await loadConnector(serviceOf(config, job)), job.data_type);
}

function cursorSpecOf({ id }: Job, stream: Stream | undefined): CursorSpec<unknown> {
  if (stream?.cursor !== undefined) return stream.cursor;
  const whose = stream === undefined ? 'a command' : `${stream.name}`;
  throw new TidemillError('config', 'rewind-no-cursor', `${id}: ${whose} has no cursor that could be moved`, {
    hint: `Every run reads what it is given: \`tidemill run ${id} --slot INSTANT\`, or \`tidemill backfill ${id}\`.`,
  });
}

/** Not an instant is JSON; a cursor that is a text has its quotes around it. */
function cursorFrom({ id }: Job, spec: CursorSpec<unknown>, text: string): unknown {
  if (/^\d{4}-/.test(text)) {
    const instant = parseInstant('--to', text);
    if (spec.at !== undefined) return spec.at(instant);
    throw new TidemillError('config', 'rewind-no-instant', `${id}: its source cannot be asked for a time`, {
      hint: 'Give the cursor itself as JSON; `tidemill status` of the job shows what one looks like.',
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
      hint: 'Write it as JSON, as `tidemill status` of the job shows it, or give an instant.',
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
