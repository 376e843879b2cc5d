import { jobColumnsOf } from '../../orchestrator/config/columns.ts';
import { connectorContract } from '../../test/contracts/connector.ts';
import { startFileServer } from '../../test/fakes/file-server.ts';

const columns = jobColumnsOf({ id: 'bigint', name: 'text', file: { type: 'text', from: '_file' } });
const table = { columns, primary_key: ['id'], write: 'upsert' } as const;

const csv = (...ids: number[]): string => ['id,name', ...ids.map((id) => `${id},Thing ${id}`)].join('\r\n');
const ndjson = (...ids: number[]): string => ids.map((id) => `{"id":${id},"name":"Thing ${id}"}\n`).join('');
const xml = (...ids: number[]): string =>
  `<things>${ids.map((id) => `<thing><id>${id}</id><name>Thing ${id}</name></thing>`).join('')}</things>`;

await connectorContract('files', {
  module: new URL('./index.ts', import.meta.url),
  service: { name: 'shop', options: { url: 'https://files.example/', auth: { token: 'SHOP_TOKEN' } } },
  open: startFileServer,
  streams: {
    changed: {
      table,
      options: { files: ['a.csv', 'b.ndjson', 'c.xml'] },
      first: { contents: { 'a.csv': csv(1, 2), 'b.ndjson': ndjson(3, 4), 'c.xml': xml(5) }, rows: 5 },
      later: { contents: { 'a.csv': csv(1, 2), 'b.ndjson': ndjson(4, 6), 'c.xml': xml(5) }, rows: 6 },
      malformed: {
        contents: { 'a.csv': `${csv(1, 2)}\r\n7,a,b`, 'b.ndjson': `${ndjson(3)}{`, 'c.xml': xml(5) },
        rows: 4,
      },
      // That little is sent again when it is killed: files.test.ts.
      paged: 'one request',
    },
    all: {
      table: { ...table, scope: 'everything' },
      options: { files: ['a.csv', 'b.json'] },
      first: { contents: { 'a.csv': csv(1, 2, 3), 'b.json': JSON.stringify([{ id: 4, name: 'Thing' }]) }, rows: 4 },
      later: { contents: { 'a.csv': csv(1, 3), 'b.json': JSON.stringify([{ id: 4, name: 'Thing' }]) }, rows: 3 },
      malformed: { contents: { 'a.csv': csv(1, 2), 'b.json': '[{"id":"x"},{"id":5}]' }, rows: 3 },
      paged: 'one request',
      cut: { 'a.csv': csv(1), 'b.json': '[{"id":4' },
    },
  },
});
