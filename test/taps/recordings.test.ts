/** What Meltano's SDK holds targets to, as its package brings it: recordings of taps, each stream of which goes through the bridge. */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { singer } from '../../connectors/_taps/singer.ts';
import { bridged } from '../fixtures/bridge.ts';
import { installed } from './project.ts';

/** Says the catalog that the SCHEMA messages of the recording make, or the recording. */
const REPLAY = `#!/usr/bin/env node
const { lines } = JSON.parse(require('node:fs').readFileSync(process.argv[3], 'utf8'));
const streams = new Map();
for (const { type, stream, schema, key_properties } of lines.map((line) => JSON.parse(line)))
  if (stream !== undefined && (type === 'SCHEMA' || !streams.has(stream)))
    streams.set(stream, { tap_stream_id: stream, stream, schema, key_properties, metadata: [] });
process.stdout.write(process.argv.includes('--discover') ? JSON.stringify({ streams: [...streams.values()] }) : lines.join('\\n'));
`;

const files = globSync(
  installed('jsonl/lib/python3*/site-packages/singer_sdk/testing/target_test_streams/*.singer'),
).sort();

it('are all there', () => expect(files.length).toBeGreaterThan(15));

it.each(files.map((file) => [basename(file, '.singer'), file]))('%s', async (name, file) => {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const messages = lines.map((line) => JSON.parse(line));
  for (const stream of new Set(messages.flatMap((message) => message.stream ?? []))) {
    const args = ['./tap', '--config', 'tap.json', stream];
    const { exit, out, said } = await bridged(singer, { program: REPLAY, config: { lines }, args });
    if (name === 'record_missing_key_property') {
      expect([exit, said]).toEqual([1, expect.stringContaining('a record without id, a field of its key')]);
      continue;
    }
    const own = messages.filter((message) => message.type === 'RECORD' && message.stream === stream);
    const records = out.filter((line) => !line.startsWith('#mark')).map((line) => JSON.parse(line));
    expect([exit, records]).toEqual([0, own.map(({ record }) => record)]);
    const states = messages.filter(({ type }) => type === 'STATE').map(({ value }) => value);
    expect(
      out.flatMap((line) => (line.startsWith('#mark') ? [JSON.parse(line.slice('#mark cursor '.length))] : [])),
    ).toEqual(states);
  }
});
