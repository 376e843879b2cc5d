/**
 * A Singer tap for tests, which need no Python then. Its configuration says what it has: `rows` of the stream `raw-orders`, read from its
 * state on, with a state after each `every` of them; or the very lines it `says`. It ends itself after `dies_after` rows, in the middle of
 * a line. What it was asked it leaves in the file `asked`, one JSON document a run.
 */
export const FAKE_TAP = `#!/usr/bin/env node
const fs = require('node:fs');
const { values } = require('node:util').parseArgs({ options: {
  config: { type: 'string' }, catalog: { type: 'string' }, state: { type: 'string' }, discover: { type: 'boolean' } } });
const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const config = read(values.config);
const say = (text) => fs.writeSync(1, typeof text === 'string' ? text : JSON.stringify(text) + '\\n');
const schema = { type: 'object', properties: { id: { type: 'integer' }, amount: { type: ['null', 'number'], multipleOf: 0.01 } } };
const root = { inclusion: 'available', 'table-key-properties': ['id'], 'valid-replication-keys': ['id'] };
const streams = [
  { tap_stream_id: 'raw-orders', stream: 'raw-orders', schema, key_properties: ['id'], metadata: [
    { breadcrumb: [], metadata: root }, { breadcrumb: ['properties', 'amount'], metadata: { inclusion: 'available' } }] },
  { tap_stream_id: 'others', stream: 'others', schema: { type: 'object', properties: {} }, metadata: [] },
];
if (config.says_first) process.stderr.write(config.says_first + '\\n');
if (values.discover) {
  say(config.catalog ?? { streams });
  process.exit(0);
}
const state = values.state && read(values.state);
fs.appendFileSync('asked', JSON.stringify({ state, catalog: read(values.catalog), mode: fs.statSync(values.config).mode & 0o777, config: values.config }) + '\\n');
if (config.says) {
  for (const line of config.says) say(line);
  process.exit(config.exits ?? 0);
}
const stream = 'raw-orders';
say({ type: 'SCHEMA', stream, schema, key_properties: ['id'] });
if (config.version) say({ type: 'ACTIVATE_VERSION', stream, version: 1 });
const dies = config.dies_after !== undefined && fs.existsSync('dies') ? config.dies_after : Infinity;
let printed = 0;
for (let id = (state?.bookmarks?.[stream]?.id ?? 0) + 1; id <= config.rows; id += 1) {
  if (printed === dies) {
    say('{"type":"RECORD","stream":"raw-orders","rec');
    process.kill(process.pid, 'SIGKILL');
  }
  say('{"type": "RECORD", "stream": "raw-orders", "record": {"id": ' + id + ', "amount": 1.10}, "time_extracted": "2026-11-21T06:00:00Z"}\\n');
  printed += 1;
  if (id % config.every === 0) say({ type: 'STATE', value: { bookmarks: { [stream]: { id } } } });
}
if (config.version) say({ type: 'ACTIVATE_VERSION', stream, version: 1 });
`;
