/** What others say of run events: OpenLineage's own Python client, and the JSON Schemas of its specification. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Ajv2020 } from 'ajv/dist/2020.js';

const FOLDER = process.env['TIDEMILL_TEST_LINEAGE'] ?? '';
const CLIENT = join(import.meta.dirname, 'client.py');

type Env = Readonly<Record<string, string>>;

/** Answers what it prints. Throws what it complains of. */
async function client(verb: 'check' | 'send', events: readonly unknown[], env: Env = {}): Promise<string> {
  const python = join(FOLDER, 'python/bin/python');
  const child = spawn(python, [CLIENT, verb], { env: { PATH: process.env['PATH'], ...env }, stdio: 'pipe' });
  const [printed, complaint] = [text(child.stdout), text(child.stderr)];
  const ended = once(child, 'close');
  child.stdin.end(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const [code] = await ended;
  if (code !== 0) throw new Error(`client.py ${verb} ends with ${code}: ${await complaint}`);
  return printed;
}

/** For each event, what the client's classes do not take. */
export const clientFaults = async (events: readonly unknown[]): Promise<string[][]> =>
  JSON.parse(await client('check', events));

/** Lets the client send them, as it sends its own. */
export const sendByClient = async (events: readonly unknown[], env: Env): Promise<void> =>
  void (await client('send', events, env));

/** Facets of which the crate has the schema; of the others the client alone judges. */
export const SCHEMAS: ReadonlyMap<string, object> = new Map(
  globSync('schemas/facets/*.json', { cwd: FOLDER }).map((path) => {
    const schema = JSON.parse(readFileSync(join(FOLDER, path), 'utf8'));
    return [/(\w+)\.json$/.exec(path)?.[1] ?? path, schema] as const;
  }),
);

function validators() {
  const URI = /^[a-z][a-z0-9+.-]*:\S+$/i;
  const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  // Words for people, and keywords that say the same twice.
  const ajv = new Ajv2020({ allErrors: true, strict: false, formats: { uri: URI, uuid: UUID, 'date-time': INSTANT } });
  const whole = JSON.parse(readFileSync(join(FOLDER, 'schemas/OpenLineage.json'), 'utf8'));
  const event = ajv.addSchema(whole).compile({ $ref: `${whole.$id}#/$defs/RunEvent` });
  const facets = new Map([...SCHEMAS].map(([name, schema]) => [name, ajv.compile(schema)]));
  return { event, facets };
}

const { event: isEvent, facets: isFacet } = validators();

type Facets = Readonly<Record<string, { readonly _schemaURL?: unknown }>>;

interface Told {
  readonly facets?: Facets;
  readonly inputFacets?: Facets;
  readonly outputFacets?: Facets;
}

/** By their keys, each with the name of its schema. */
export function facetsOf(event: unknown): { readonly name: string; readonly key: string; readonly facet: unknown }[] {
  const {
    run,
    job,
    inputs = [],
    outputs = [],
  } = event as Record<'run' | 'job', Told> & Record<'inputs' | 'outputs', readonly Told[]>;
  return [run, job, ...inputs, ...outputs].flatMap(({ facets = {}, inputFacets = {}, outputFacets = {} }) =>
    [facets, inputFacets, outputFacets].flatMap((all) =>
      Object.entries(all).map(([key, facet]) => {
        return { name: /(\w*)$/.exec(String(facet._schemaURL))?.[1] ?? '', key, facet };
      }),
    ),
  );
}

/** What the specification's schemas say is wrong with it. */
export function schemaFaults(event: unknown): string[] {
  if (!isEvent(event))
    return (isEvent.errors ?? []).map(({ instancePath, message }) => `event${instancePath} ${message}`);
  return facetsOf(event).flatMap(({ name, key, facet }) => {
    const isValid = isFacet.get(name);
    if (isValid === undefined || isValid({ [key]: facet })) return [];
    return (isValid.errors ?? []).map(({ instancePath, message }) => `${name}${instancePath} ${message}`);
  });
}
