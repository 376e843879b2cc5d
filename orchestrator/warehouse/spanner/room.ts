/** What a merge works with: DuckDB as a calculator, and a folder for what does not fit into memory, which is gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { TidemillError } from '@tidemill/kit';
import { warehouseClosed } from '../engine/errors.ts';
import { ENGINE_THREADS, FileSession } from '../engine/session.ts';

async function makeFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'tidemill-spanner-'));
  } catch (cause) {
    throw new TidemillError('config', 'warehouse-folder', `No folder can be made in ${tmpdir()}`, {
      hint: 'Rows are sorted there on their way: let this user write to it, or name another in TMPDIR.',
      cause,
    });
  }
}

export class Room {
  readonly #what: string;
  readonly #folder: string;
  readonly #instance: DuckDBInstance;
  readonly #connections = new Set<DuckDBConnection>();
  #isClosed = false;

  private constructor(what: string, folder: string, instance: DuckDBInstance) {
    this.#what = `${what} (working in ${folder})`;
    this.#folder = folder;
    this.#instance = instance;
  }

  static async open(what: string): Promise<Room> {
    const folder = await makeFolder();
    const instance = await DuckDBInstance.create(':memory:', {
      threads: ENGINE_THREADS,
      temp_directory: join(folder, 'spill'),
      // Freed memory goes back to the system at once; kept for later it would double what the process holds.
      allocator_flush_threshold: '1MB',
      allocator_bulk_deallocation_flush_threshold: '1MB',
      // What is needed is built in; nothing is fetched from the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run("LOAD icu; SET GLOBAL TimeZone = 'UTC'");
    connection.closeSync();
    return new Room(what, folder, instance);
  }

  /** Temporary tables of an action are gone after it. */
  async session<T>(action: (session: FileSession) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw warehouseClosed(this.#what);
    const connection = await this.#instance.connect();
    this.#connections.add(connection);
    try {
      return await action(new FileSession(this.#what, connection));
    } finally {
      this.#connections.delete(connection);
      connection.closeSync();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.interrupt();
    this.#instance.closeSync();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
