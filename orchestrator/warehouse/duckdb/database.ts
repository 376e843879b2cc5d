/** One DuckDB file, open for reading and writing. */
import { dirname } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { TidemillError } from '@tidemill/kit';
import { makeFolder } from '@tidemill/kit/folder';
import { CATALOG, duckDb } from '../engine/dialect.ts';
import { warehouseClosed } from '../engine/errors.ts';
import { ENGINE_THREADS, FileSession } from '../engine/session.ts';
import { createIngestionState } from '../sql.ts';

export interface Sleeper {
  sleep(milliseconds: number): Promise<void>;
}

/** How long another process's lock is waited for: 30 seconds in all. */
const LOCK_WAITS_MS = [100, 200, 400, 800, 1_500, ...Array.from({ length: 9 }, () => 3_000)];

/**
 * DuckDB's share of the memory while it merges, in MB; what does not fit goes to disk. Below this its joins fail rather
 * than spill.
 */
export const MERGE_MEMORY_MB = 64;

/** What it may take at any other time, where it needs little and a failure costs more than the merge at hand. */
export const MEMORY_MB = 4_096;

interface OpenFile {
  readonly instance: Promise<DuckDBInstance>;
  users: number;
  turn: Promise<unknown>;
}

/**
 * The files this process has open. DuckDB's lock keeps other processes out, but not a second instance in the same one,
 * which would overwrite what the first wrote; and the lock is lost as soon as anybody in this process opens and closes
 * the file by other means (https://man7.org/linux/man-pages/man2/fcntl_locking.2.html), so nobody here does.
 */
const openFiles = new Map<string, OpenFile>();

export class Database {
  readonly #file: string;
  readonly #open: OpenFile;
  readonly #connections = new Set<DuckDBConnection>();
  #isClosed = false;

  private constructor(file: string, open: OpenFile) {
    this.#file = file;
    this.#open = open;
  }

  /** Opens the file, or makes it with its folder. Waits up to 30 seconds for another process to let go of it. */
  static async open(file: string, world: Sleeper): Promise<Database> {
    let open = openFiles.get(file);
    if (open === undefined) {
      open = { instance: attach(file, world), users: 0, turn: Promise.resolve() };
      openFiles.set(file, open);
    }
    open.users += 1;
    try {
      await open.instance;
    } catch (error) {
      openFiles.delete(file);
      throw error;
    }
    return new Database(file, open);
  }

  /** Runs the action on a connection of its own, and closes that: temporary tables and open transactions end with it. */
  async session<T>(action: (session: FileSession) => Promise<T>): Promise<T> {
    const session = await this.#connect();
    try {
      return await action(session);
    } finally {
      this.#end(session);
    }
  }

  /** The same for what comes bit by bit: the connection is closed when the last bit was taken, or no more is wanted. */
  async *streaming<T>(action: (session: FileSession) => AsyncIterable<T>): AsyncGenerator<T> {
    const session = await this.#connect();
    try {
      yield* action(session);
      // DuckDB takes a stream that was cut short for one that has ended.
      if (this.#isClosed) throw warehouseClosed(this.#file);
    } finally {
      this.#end(session);
    }
  }

  async #connect(): Promise<FileSession> {
    const connection = await (await this.#open.instance).connect();
    if (this.#isClosed) throw warehouseClosed(this.#file);
    this.#connections.add(connection);
    await connection.run(`USE "${CATALOG}"`);
    return new FileSession(this.#file, connection);
  }

  #end({ connection }: FileSession): void {
    this.#connections.delete(connection);
    connection.closeSync();
  }

  /** Runs the action when all earlier ones have ended: one writer at a time, whoever opened the file. */
  inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#open.turn.then(action);
    this.#open.turn = result.catch(() => undefined);
    return result;
  }

  /** Closes the file once nobody in this process uses it any more. What is still asked by this one is cut short. */
  async close(): Promise<void> {
    const instance = await this.#open.instance;
    this.#isClosed = true;
    for (const connection of this.#connections) connection.interrupt();
    // From here to the end nothing else runs, so that nobody can open the file while it is being closed.
    this.#open.users -= 1;
    if (this.#open.users > 0) return;
    openFiles.delete(this.#file);
    instance.closeSync();
  }
}

async function attach(file: string, world: Sleeper): Promise<DuckDBInstance> {
  makeFolderOf(file);
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${MEMORY_MB}MB`,
    threads: ENGINE_THREADS,
    // By itself DuckDB puts the file in order as part of a COMMIT, and when that fails for want of memory or space the
    // whole database is unusable and the commit lost. So a COMMIT only writes to the log, and `checkpoint()` follows.
    checkpoint_threshold: '1TB',
    temp_directory: `${file}.tmp`,
    // Freed memory goes back to the system at once; kept for later it would double what the process holds.
    allocator_flush_threshold: '1MB',
    allocator_bulk_deallocation_flush_threshold: '1MB',
    // What is needed is built in; nothing is fetched from the network.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    await connection.run("LOAD icu; SET GLOBAL TimeZone = 'UTC'");
    const session = new FileSession(file, connection);
    await waitForLock(() => session.run(`ATTACH ${duckDb.literal(file)} AS "${CATALOG}" (TYPE duckdb)`), world);
    for (const statement of createIngestionState(duckDb)) await session.run(statement);
    connection.closeSync();
    return instance;
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

function makeFolderOf(file: string): void {
  try {
    makeFolder(dirname(file));
  } catch (cause) {
    throw new TidemillError('config', 'warehouse-not-writable', `The folder of ${file} cannot be made`, {
      hint: 'It must be a folder that this user may write to.',
      cause,
    });
  }
}

async function waitForLock(attempt: () => Promise<unknown>, world: Sleeper): Promise<void> {
  for (const wait of [...LOCK_WAITS_MS, undefined]) {
    try {
      await attempt();
      return;
    } catch (error) {
      const isBusy = error instanceof TidemillError && error.code === 'warehouse-busy';
      if (!isBusy || wait === undefined) throw error;
      await world.sleep(wait);
    }
  }
}
