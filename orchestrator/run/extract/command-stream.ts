/** A `command` job as a stream: its lines are the records, the job's `columns` the row. */
import { type CheckpointPace, type CursorSpec, type ExtractContext, type Stream, stream } from '@tidemill/kit';
import { z } from 'zod';
import type { Job } from '../../config/job.ts';
import { type CommandRun, runCommand } from './command.ts';
import { tableOfJob } from './job-table.ts';

/** Whatever text the command left in `$TIDEMILL_CURSOR_FILE`; none before it has left one. */
export const COMMAND_CURSOR: CursorSpec<string | undefined> = {
  version: 1,
  schema: z.string().optional(),
  start: undefined,
};

/** Not by pages: how much comes at a time is the pipe's affair. */
const CHECKPOINTS: CheckpointPace = { records: 10_000, seconds: 30 };

export function commandStream(
  job: Job,
  run: Pick<CommandRun, 'job' | 'command' | 'setup' | 'slot' | 'environment' | 'env'>,
): Stream {
  return stream({
    ...tableOfJob(job),
    end: 'exit-code',
    method: 'export_download',
    cursor: COMMAND_CURSOR,
    checkpoints: CHECKPOINTS,
    byInterval: true,
    extract: (context: ExtractContext<string | undefined, object>) => runCommand({ ...context, ...run }),
  }) as Stream;
}
