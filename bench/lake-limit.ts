/** The least that an upsert must do: read keys and checksums of the table, and write the rows that changed. `FOLDER CHANGED`. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const [folder = '', changed = '0'] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();
const table = `read_parquet('${join(folder, 'bucket/silver/bench/rows/data/*.parquet')}', union_by_name = true)`;
await connection.run(`SELECT bit_xor(hash(id)), bit_xor(hash(checksum_sha256)) FROM ${table}`);
await connection.run(
  `COPY (SELECT * FROM ${table} LIMIT ${changed}) TO '${join(folder, 'changed.parquet')}' (FORMAT parquet, COMPRESSION zstd)`,
);
connection.closeSync();
instance.closeSync();
