/** A declarative manifest, as Airbyte's own CDK reads it, as a job: held row by row against what that prints by itself. */
import { setTimeout } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { type Reply, type SeenRequest, startFakeHttp } from '../fakes/http-server.ts';
import { expectedRows, installed, printedBy, rowsOf, tapped, told } from './project.ts';

const MANIFEST = `
version: 6.0.0
type: DeclarativeSource
check: { type: CheckStream, stream_names: [raw items] }
concurrency_level: { type: ConcurrencyLevel, default_concurrency: 1 }
streams:
  - type: DeclarativeStream
    name: raw items
    primary_key: [id]
    retriever:
      type: SimpleRetriever
      requester:
        type: HttpRequester
        url_base: "{{ config['base_url'] }}"
        path: /items
        request_parameters: { since: "{{ stream_interval.start_time }}", until: "{{ stream_interval.end_time }}" }
        authenticator: { type: BearerAuthenticator, api_token: "{{ config['token'] }}" }
      record_selector: { type: RecordSelector, extractor: { type: DpathExtractor, field_path: [items] } }
      paginator:
        type: DefaultPaginator
        page_token_option: { type: RequestOption, inject_into: request_parameter, field_name: page }
        pagination_strategy: { type: CursorPagination, cursor_value: "{{ response['next'] }}", stop_condition: "{{ not response['next'] }}" }
    incremental_sync:
      type: DatetimeBasedCursor
      cursor_field: updated_at
      datetime_format: "%Y-%m-%dT%H:%M:%SZ"
      start_datetime: "2026-01-01T00:00:00Z"
      end_datetime: "2026-01-30T23:59:59Z"
      step: P10D
      cursor_granularity: PT1S
    schema_loader:
      type: InlineSchemaLoader
      schema:
        type: object
        properties:
          id: { type: integer }
          price: { type: number, multipleOf: 0.01 }
          updated_at: { type: string, format: date-time, airbyte_type: timestamp_with_timezone }
          tags: { type: array }
`;

const items = Array.from({ length: 30 }, (_, index) => ({
  id: index + 1,
  price: 1.25 + index,
  updated_at: `2026-01-${String(index + 1).padStart(2, '0')}T10:00:00Z`,
  tags: ['é', index],
}));

/** Five a page, and one refusal for a second page. */
function answerTo(
  { query: { since = '', until = '', page = '1' }, headers }: SeenRequest,
  refuse: () => boolean,
): Reply {
  if (headers['authorization'] !== `Bearer ${TOKEN}`) return { status: 401, json: {} };
  if (page === '2' && refuse()) return { status: 429, headers: { 'retry-after': '1' }, json: {} };
  const fit = items.filter(({ updated_at: at }) => at >= since && at <= until);
  const last = Number(page) * 5;
  return { json: { items: fit.slice(last - 5, last), next: last < fit.length ? Number(page) + 1 : null } };
}

const TOKEN = 's3cret-of-us';
const STREAM = {
  name: 'raw items',
  json_schema: {},
  supported_sync_modes: ['full_refresh', 'incremental'],
  default_cursor_field: ['updated_at'],
  source_defined_primary_key: [['id']],
};
const CONFIG = ['--manifest', 'source.yaml', '--config', 'config.json'];

it('is killed in its third slice after a refusal, goes on there, and has the rows that the tool itself prints', async () => {
  const source = await startFakeHttp();
  onTestFinished(source.close);
  let [refusals, kills] = [1, 1];
  let isShut = false;
  source.serve(async (request) => {
    const { since = '', page = '1' } = request.query;
    // What it prints within a tenth of a second it keeps until it prints the next thing: behind this it prints what it has of the first slice.
    if (since.startsWith('2026-01-11') && page === '2') await setTimeout(500);
    if (since.startsWith('2026-01-21') && kills-- > 0) {
      await setTimeout(500);
      tap.kill();
    }
    return isShut ? { status: 401, json: {} } : answerTo(request, () => refusals-- > 0);
  });
  const program = 'source-declarative-manifest';
  const tap = await tapped({
    environment: 'airbyte',
    command: ['tidemill-airbyte', ...CONFIG],
    files: {
      'source.yaml': MANIFEST,
      'config.json': JSON.stringify({ base_url: source.url, token: '${TOKEN}' }),
      'streams.json': JSON.stringify({ streams: [STREAM] }),
      [`bin/${program}`]: told('airbyte', program),
    },
    env: { TOKEN },
  });
  const { here, run } = tap;
  // The program is slow to start: runs are handed the streams.
  const [dataset] = await tap.datasets(['--catalog', 'streams.json']);
  expect(dataset).toMatchObject({ name: 'raw_items', key: ['id'], capabilities: ['incremental', 'full'] });
  expect((await run()).json().results[0].failure.message).toContain('SIGKILL');
  const asked = source.requests.length;
  expect((await run()).json().results[0].result).toBe('done');
  const again = source.requests.slice(asked).map(({ query }) => query['since'] ?? '');
  expect([refusals < 1, again.length > 0, again.filter((since) => since < '2026-01-10')]).toEqual([true, true, []]);

  const catalog = { streams: [{ stream: STREAM, sync_mode: 'full_refresh', destination_sync_mode: 'append' }] };
  here.write('catalog.json', JSON.stringify(catalog));
  here.write('own.json', JSON.stringify({ base_url: source.url, token: TOKEN }));
  here.write('own.yaml', `${MANIFEST}spec: { type: Spec, connection_specification: { type: object } }\n`);
  const args = ['read', '--config', 'own.json', '--catalog', 'catalog.json', '--manifest-path', 'own.yaml'];
  const messages = await printedBy(installed('airbyte/bin', program), args, here.folder);
  const own = messages.filter(({ type }) => type === 'RECORD').map(({ record }) => record.data);
  expect(own).toHaveLength(30);
  expect(await rowsOf(here, dataset!)).toEqual(expectedRows(own, dataset!));

  isShut = true;
  const { failure } = (await run()).json().results[0];
  expect(failure).toMatchObject({ kind: 'config', code: 'command-failed' });
  expect(JSON.stringify(failure)).not.toContain(TOKEN);
});
