/** What is not ours to read. Who must act is the person who let another engine write to the table. */
import { TidemillError } from '@tidemill/kit';

/** An object of a table that is damaged, or of a kind of Iceberg that is not read here. */
export const notReadable = (url: string, what: string, cause?: unknown): TidemillError =>
  new TidemillError(
    'config',
    'lake-format',
    `${url} cannot be read as a part of an Iceberg table of version 2: ${what}`,
    {
      hint: 'If another engine wrote it, let that engine write it as version 2 with Parquet files; if not, move the folder of the table away and load the job again with `npx tidemill replay JOB`.',
      cause,
    },
  );

/** Deletes that another engine wrote, and that a merge would have to know row by row. To ignore one revives dead rows. */
export const foreignDeletes = (url: string, what: string): TidemillError =>
  new TidemillError('config', 'lake-foreign-deletes', `${url}: another engine deleted rows by ${what}`, {
    hint: 'Let it rewrite the data files, so that no such delete is left (Spark: CALL system.rewrite_data_files with the options delete-file-threshold = 1 and remove-dangling-deletes = true), then run the job again.',
  });
