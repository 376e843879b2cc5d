/** What a merge and a question work with: DuckDB as a calculator, a folder that is gone afterwards, and the bucket. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Bucket } from '../../storage/contract.ts';
import { CATALOG } from '../engine/dialect.ts';
import { warehouseClosed } from '../engine/errors.ts';
import { ENGINE_THREADS, FileSession } from '../engine/session.ts';
import { asFolderError, asLakeError } from './errors.ts';
import { Mirror } from './parquet/mirror.ts';
import { chunksOf } from './parquet/read.ts';

export interface Desk {
  readonly session: FileSession;
  readonly mirror: Mirror;
  readonly bucket: Bucket;
  /** For files on the way. */
  readonly folder: string;
}

/** DuckDB's share of the memory, in MB, while nothing is merged. */
const MEMORY_MB = 4_096;

const MIRROR = 'mirror';

async function makeFolder(): Promise<string> {
  try {
    const folder = await mkdtemp(join(tmpdir(), 'tidemill-lake-'));
    await mkdir(join(folder, MIRROR));
    return folder;
  } catch (error) {
    throw asFolderError(error, tmpdir());
  }
}

export interface RoomOptions {
  readonly bucket: Bucket;
  /** What is worked at, for people. */
  readonly what: string;
  /** Files of up to so many bytes are fetched whole. */
  readonly wholeBytes?: number | undefined;
  /** A database that is made, and worked in, in place of none. */
  readonly file?: string;
}

/** An instance of DuckDB without a file. Temporary tables that are too large for the memory go to its folder. */
export class Room {
  readonly #bucket: Bucket;
  readonly #what: string;
  readonly #folder: string;
  readonly #instance: DuckDBInstance;
  readonly #connections = new Set<DuckDBConnection>();
  #isClosed = false;
  readonly mirror: Mirror;

  private constructor({ bucket, what, wholeBytes }: RoomOptions, folder: string, instance: DuckDBInstance) {
    this.#bucket = bucket;
    this.#what = what;
    this.#folder = folder;
    this.#instance = instance;
    const chunks = (path: string) => this.#desk(({ session }) => chunksOf(session, path));
    this.mirror = new Mirror({ bucket, folder: join(folder, MIRROR), chunksOf: chunks, smallBytes: wholeBytes });
  }

  static async open({ bucket, what, wholeBytes, file = ':memory:' }: RoomOptions): Promise<Room> {
    const folder = await makeFolder();
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${MEMORY_MB}MB`,
      threads: ENGINE_THREADS,
      temp_directory: join(folder, 'spill'),
      // Freed memory goes back to the system at once; kept for later it would double what the process holds.
      allocator_flush_threshold: '1MB',
      allocator_bulk_deallocation_flush_threshold: '1MB',
      // What is needed is built in; nothing is fetched from the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      // Rows of a table have no order, and to keep one takes memory.
      preserve_insertion_order: 'false',
      // A copy gets more of its file between two statements.
      enable_external_file_cache: 'false',
    });
    const connection = await instance.connect();
    await connection.run("LOAD icu; SET GLOBAL TimeZone = 'UTC'");
    connection.closeSync();
    const room = new Room({ bucket, what: `${what} (working in ${folder})`, wholeBytes }, folder, instance);
    await room.takeUp(file);
    return room;
  }

  /** Temporary tables of an action are gone after it. */
  session<T>(action: (desk: Desk) => Promise<T>): Promise<T> {
    return this.mirror.during(() => this.#desk(action));
  }

  /** The same for what comes bit by bit. */
  streaming<T>(action: (desk: Desk) => AsyncIterable<T>): AsyncGenerator<T> {
    return this.mirror.whileReading(() => this.#streaming(action));
  }

  /** Works in the database of this file from now on. */
  takeUp(file: string): Promise<void> {
    return this.#between(`ATTACH '${file.replaceAll("'", "''")}' AS "${CATALOG}"`);
  }

  /** Lets go of the file, so that another process may have it. */
  letGo(): Promise<void> {
    return this.#between(`DETACH "${CATALOG}"`);
  }

  async #between(sql: string): Promise<void> {
    const connection = await this.#instance.connect();
    try {
      await connection.run(sql);
    } finally {
      connection.closeSync();
    }
  }

  async #desk<T>(action: (desk: Desk) => Promise<T>): Promise<T> {
    const desk = await this.#sit();
    try {
      return await action(desk);
    } finally {
      this.#leave(desk);
    }
  }

  async *#streaming<T>(action: (desk: Desk) => AsyncIterable<T>): AsyncGenerator<T> {
    const desk = await this.#sit();
    try {
      yield* action(desk);
      // DuckDB takes a stream that was cut short for one that has ended.
      if (this.#isClosed) throw warehouseClosed(this.#what);
    } finally {
      this.#leave(desk);
    }
  }

  async #sit(): Promise<Desk> {
    if (this.#isClosed) throw warehouseClosed(this.#what);
    const connection = await this.#instance.connect();
    this.#connections.add(connection);
    await connection.run(`USE "${CATALOG}"`);
    const session = new FileSession(this.#what, connection, asLakeError);
    return { session, mirror: this.mirror, bucket: this.#bucket, folder: this.#folder };
  }

  #leave({ session: { connection } }: Desk): void {
    this.#connections.delete(connection);
    connection.closeSync();
  }

  /** What is still asked is cut short. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.interrupt();
    this.#instance.closeSync();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
