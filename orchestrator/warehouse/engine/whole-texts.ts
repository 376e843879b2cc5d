/**
 * DuckDB's client takes U+FEFF at the beginning of a text for a byte order mark and drops it: a key, a value or a bound would be
 * another one. It has no option for that, so its decoder is exchanged, once a process; the contract of warehouses notices when a
 * version of it does not use that any more.
 */
import accessors from '@duckdb/node-api/lib/vectors/dataAccessors.js';

Object.assign(accessors, { textDecoder: new TextDecoder('utf-8', { ignoreBOM: true }) });
