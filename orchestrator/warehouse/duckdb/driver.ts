/**
 * A DuckDB file as the warehouse. One process has it at a time; within a process everybody shares it and merges run
 * one after the other. Nothing is opened or made before the first use.
 */
import type { Warehouse } from '../contract.ts';
import { Database, type Sleeper } from './database.ts';
import { merge, type Slices } from './merge.ts';
import { readOnly } from './query.ts';

export interface DuckDbOptions {
  /** Absolute path; the file and its folder are made when they are not there. */
  readonly file: string;
  readonly clock: Sleeper;
  /** How much a merge joins at once; what suits its memory unless told otherwise. */
  readonly slices?: Slices;
}

export function openDuckDb({ file, clock, slices }: DuckDbOptions): Warehouse {
  let opened: Promise<Database> | undefined;
  const database = (): Promise<Database> => {
    opened ??= Database.open(file, clock).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };

  return {
    url: file,

    async apply(load) {
      const here = await database();
      return here.inTurn(() => here.session((session) => merge(session, load, slices)));
    },

    async query(sql) {
      const here = await database();
      return here.session((session) => readOnly(session, sql, file));
    },

    async check() {
      // Opening takes the lock and writes: the record of loaded packages is made if need be.
      await database();
    },

    async close() {
      const here = await opened;
      opened = undefined;
      await here?.inTurn(() => here.close());
    },
  };
}
