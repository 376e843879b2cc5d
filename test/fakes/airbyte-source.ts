/**
 * An Airbyte source for tests, which need no Python then: it says the lines of its configuration (`says`), or a catalog. What it was asked
 * it leaves in the file `asked`.
 */
export const FAKE_SOURCE = `#!/usr/bin/env node
const fs = require('node:fs');
const { values, positionals: [verb] } = require('node:util').parseArgs({ allowPositionals: true, options: {
  config: { type: 'string' }, catalog: { type: 'string' }, state: { type: 'string' } } });
const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const say = (text) => fs.writeSync(1, typeof text === 'string' ? text : JSON.stringify(text) + '\\n');
const config = read(values.config);
if (verb === 'discover') {
  const json_schema = { properties: { id: { type: 'integer' }, at: { type: ['null', 'string'], format: 'date-time' },
    price: { type: 'object', properties: { 'in Euro': { type: 'number', multipleOf: 0.01 } } } } };
  say({ type: 'LOG', log: { level: 'INFO', message: 'discovering with ' + config.token } });
  say({ type: 'CATALOG', catalog: config.catalog ?? { streams: [{ name: 'raw-orders', json_schema, supported_sync_modes: ['full_refresh', 'incremental'],
    default_cursor_field: ['at'], source_defined_primary_key: [['id'], ['price', 'in Euro']] }] } });
} else if (verb === 'read') {
  fs.writeFileSync('asked', JSON.stringify({ config, catalog: read(values.catalog), state: values.state && read(values.state) }));
  for (const line of config.says) say(line);
  process.exitCode = config.exits ?? 0;
} else process.exitCode = 2;
`;
