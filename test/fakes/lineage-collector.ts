/**
 * A collector of OpenLineage events that takes nothing lightly: what the specification requires of a run event
 * (https://openlineage.io/spec/2-0-2/OpenLineage.json), and what Marquez's API refuses besides (`LineageEvent` and `NamespaceName` of
 * MarquezProject/marquez), which answers 201 to what it takes.
 */
import type { Mood } from '../contracts/events.ts';
import { type FakeHttp, type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';

export interface LineageCollector {
  readonly url: string;
  readonly http: FakeHttp;
  /** Bodies that it has taken. */
  readonly events: readonly unknown[];
  /** Why it has refused others. */
  readonly refusals: readonly string[];
  mood: Mood;
  /** In the place of an answer, for the requests to come. */
  answer: ((request: SeenRequest) => Reply | undefined) | undefined;
}

export interface CollectorOptions {
  /** Whoever does not show it is not let in. */
  readonly key?: string;
  readonly path?: string;
  /** What else is wrong with a body. */
  readonly faultsOf?: (body: unknown) => readonly string[];
}

export async function startCollector(options: CollectorOptions = {}): Promise<LineageCollector> {
  const { key, path = '/api/v1/lineage', faultsOf = () => [] } = options;
  const http = await startFakeHttp();
  const events: unknown[] = [];
  const refusals: string[] = [];
  const collector: LineageCollector = { url: http.url, http, events, refusals, mood: 'well', answer: undefined };
  http.serve((request) => {
    const given = collector.answer?.(request);
    if (given !== undefined) return given;
    if (`${request.method} ${request.path}` !== `POST ${path}`) return { status: 404 };
    if (key !== undefined && request.headers['authorization'] !== `Bearer ${key}`) return { status: 401 };
    const faults = [...refused(request), ...faultsOf(JSON.parse(request.body))];
    refusals.push(...faults);
    if (faults.length > 0) return { status: 400, json: { code: 400, message: faults.join('; ') } };
    if (collector.mood !== 'well') {
      const { takes, after } = collector.mood;
      if (takes === 0) return { status: after === 'fails' ? 503 : 422 };
      collector.mood = { takes: takes - 1, after };
    }
    events.push(JSON.parse(request.body));
    return { status: 201 };
  });
  return collector;
}

function refused({ headers, body }: SeenRequest): string[] {
  if (!/^application\/json\b/.test(headers['content-type'] ?? '')) return ['it is not JSON'];
  return lineageFaults(JSON.parse(body));
}

type Fields = Readonly<Record<string, unknown>>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const NAMESPACE = /^[a-zA-Z:;=/0-9_\-.@+]{1,1024}$/;
const EVENT_TYPES = ['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER'];

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isUri = (value: unknown): boolean => isText(value) && /^[a-z][a-z0-9+.-]*:\S+$/i.test(value);
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

/** What is wrong with a run event; empty when nothing is. */
export function lineageFaults(body: unknown): string[] {
  const event = fieldsOf(body);
  const [run, job] = [fieldsOf(event['run']), fieldsOf(event['job'])];
  const faults: string[] = [];
  const must = (isSo: boolean, what: string): void => {
    if (!isSo) faults.push(what);
  };
  must(EVENT_TYPES.includes(String(event['eventType'])), 'eventType');
  must(INSTANT.test(String(event['eventTime'])), 'eventTime');
  must(isUri(event['producer']), 'producer');
  must(isUri(event['schemaURL']), 'schemaURL');
  must(UUID.test(String(run['runId'])), 'run.runId');
  for (const [what, named] of [['job', job], ...datasetsIn(event)] as const) {
    must(NAMESPACE.test(String(named['namespace'])), `${what}.namespace`);
    must(isText(named['name']), `${what}.name`);
  }
  for (const [what, facet] of facetsIn(event)) {
    must(isUri(facet['_producer']), `${what}._producer`);
    must(isUri(facet['_schemaURL']), `${what}._schemaURL`);
  }
  for (const [what, needed] of NEEDED) {
    const facet = [...facetsIn(event)].find(([name]) => name.endsWith(what))?.[1];
    if (facet === undefined) continue;
    for (const name of needed) must(isText(facet[name]), `${what}.${name}`);
  }
  return faults;
}

/** What facets must have to be read by Marquez, be they required by the specification or not. */
const NEEDED: readonly (readonly [string, readonly string[]])[] = [
  ['run.nominalTime', ['nominalStartTime']],
  ['job.jobType', ['processingType', 'integration', 'jobType']],
  ['job.documentation', ['description']],
];

const datasetsIn = (event: Fields): [string, Fields][] =>
  ['inputs', 'outputs'].flatMap((side) =>
    ((event[side] ?? []) as unknown[]).map((dataset, index): [string, Fields] => [
      `${side}[${index}]`,
      fieldsOf(dataset),
    ]),
  );

function* facetsIn(event: Fields): Iterable<[string, Fields]> {
  const holders: [string, unknown][] = [
    ['run', fieldsOf(event['run'])['facets']],
    ['job', fieldsOf(event['job'])['facets']],
    ...datasetsIn(event).flatMap(([what, dataset]) =>
      ['facets', 'inputFacets', 'outputFacets'].map((key): [string, unknown] => [`${what}.${key}`, dataset[key]]),
    ),
  ];
  for (const [what, facets] of holders) {
    for (const [name, facet] of Object.entries(fieldsOf(facets))) yield [`${what}.${name}`, fieldsOf(facet)];
  }
}
