/** Lets dbt into the lake: a scratch file that has what models read, and from which what they made is taken over. */
import { join } from 'node:path';
import type { Bucket } from '../../../storage/contract.ts';
import type { DbtTarget, TableName } from '../../contract.ts';
import { profileOf } from '../../engine/dbt.ts';
import type { Catalogue } from '../catalogue.ts';
import { Room } from '../desk.ts';
import { publish, TRANSFORM } from './publish.ts';
import { fill } from './scratch.ts';

/** DuckDB's share of the memory, in MB: rows pass through, a view that joins them is spilled. */
const MEMORY_MB = 256;

export interface Lent {
  readonly bucket: Bucket;
  readonly url: string;
  readonly catalogue: Catalogue;
  readonly now: () => Date;
}

/** The file lies in `folder`; copies of the files that it reads lie where the lake is worked at, until the end. */
export async function dbtTarget(
  { bucket, url, catalogue, now }: Lent,
  folder: string,
  reads: readonly TableName[],
): Promise<DbtTarget> {
  const file = join(folder, 'lake.db');
  const room = await Room.open({ bucket, what: url, file });
  const isRead = ({ schema, name }: TableName): boolean =>
    reads.some((one) => one.schema === schema && one.name === name);
  try {
    const made = await catalogue.find((_, jobs) => jobs.has(TRANSFORM));
    const silver = await catalogue.find((name, jobs) => isRead(name) && !jobs.has(TRANSFORM));
    await room.session(async (desk) => {
      await desk.session.limitMemory(MEMORY_MB);
      await fill(desk, silver, 'view');
      await fill(desk, made, 'table');
    });
    await room.letGo();
  } catch (error) {
    await room.close();
    throw error;
  }
  return {
    profile: profileOf(file, folder),
    env: {},
    // Staging views are made anew each time, and so is all that is made of them.
    keeps: 'nothing',
    async finish(built) {
      try {
        if (built.length === 0) return;
        await room.takeUp(file);
        await room.session((desk) => publish(desk, catalogue, built, now));
      } finally {
        await room.close();
      }
    },
  };
}
