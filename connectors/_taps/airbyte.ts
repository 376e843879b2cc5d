/** `tidemill-airbyte`: one stream of an Airbyte source in Python, or of a declarative manifest, as a command of the orchestrator prints it. */
import { TidemillError } from '@tidemill/kit';
import { redactor } from '@tidemill/kit/redact';
import { type AirbyteStream, airbyteDataset, configured, streamsIn } from './airbyte-catalog.ts';
import { AirbyteMessages } from './airbyte-messages.ts';
import { optionsOf } from './options.ts';
import { linesOf, type Tap, written } from './program.ts';
import { Printer, runOf } from './run.ts';
import { documentIn, settingsOf } from './settings.ts';
import { byDataType, streamNamed } from './streams.ts';
import { type Workplace, workplace } from './workplace.ts';
import { tell, type World } from './world.ts';

const USAGE = {
  usage:
    'tidemill-airbyte [SOURCE] [--manifest FILE] [--config FILE] [--catalog FILE] STREAM, or --discover in the place of STREAM; SOURCE is a program, and source-declarative-manifest if none is named',
  // Of airbyte-cdk; it takes the manifest in the configuration.
  program: 'source-declarative-manifest',
  options: ['config', 'catalog', 'manifest'],
} as const;

const INJECTED = '__injected_declarative_manifest';

interface Source {
  readonly tap: Tap;
  readonly config: string;
  readonly place: Workplace;
  readonly world: World;
}

/** Throws TidemillErrors. */
export async function airbyte(world: World): Promise<void> {
  const { program, config: file, manifest: manifestFile, catalog, stream } = optionsOf(world.args, USAGE);
  const settings = await settingsOf(file, world);
  const manifest = manifestFile === undefined ? undefined : withSpec(await documentIn(manifestFile, world));
  const place = await workplace(world);
  try {
    const value = { ...settings.value, ...(manifest === undefined ? {} : { [INJECTED]: manifest }) };
    const config = await place.write('config.json', value);
    const source = { tap: { program, args: [], redact: redactor(settings.secrets) }, config, place, world };
    const streams =
      catalog === undefined ? await discovered(source) : streamsIn(await documentIn(catalog, world), catalog);
    if (stream === undefined) await printDatasets(streams, world);
    else
      await read(
        source,
        streamNamed(streams, stream, ({ name }) => name),
      );
  } finally {
    await place.remove();
  }
}

/** It may say nothing of its configuration, and the program does not start without. */
const withSpec = (manifest: unknown): unknown =>
  typeof manifest === 'object' && manifest !== null ? { spec: ANY_CONFIGURATION, ...manifest } : manifest;

const ANY_CONFIGURATION = { type: 'Spec', connection_specification: { type: 'object', additionalProperties: true } };

async function discovered(source: Source): Promise<readonly AirbyteStream[]> {
  const printer = { record: nothing, state: nothing };
  const messages = new AirbyteMessages({ stream: undefined, printer, ...sayingOf(source) });
  await follow(source, ['discover', '--config', source.config], messages);
  return streamsIn(messages.catalog, `What ${source.tap.program} prints for discover`);
}

const nothing = async (): Promise<void> => undefined;

async function printDatasets(streams: readonly AirbyteStream[], world: World): Promise<void> {
  for (const stream of byDataType(streams, ({ name }) => name).values()) {
    await written(world, Buffer.from(`${JSON.stringify(airbyteDataset(stream))}\n`));
  }
}

async function read(source: Source, stream: AirbyteStream): Promise<void> {
  const { config, place, world } = source;
  const { scope, state } = await runOf(world);
  const catalog = await place.write('catalog.json', configured(stream, scope));
  const from = state === undefined ? [] : ['--state', await place.write('state.json', stateFrom(state))];
  const messages = new AirbyteMessages({
    stream: stream.name,
    printer: new Printer(world, scope),
    ...sayingOf(source),
  });
  await follow(source, ['read', '--config', config, '--catalog', catalog, ...from], messages);
}

const sayingOf = ({ tap, world }: Source) => ({ said: (text: string) => tell(world, text), redact: tap.redact });

/** What the source says of its error is thrown in place of its exit code. */
async function follow({ tap, world }: Source, args: readonly string[], messages: AirbyteMessages): Promise<void> {
  try {
    for await (const line of linesOf({ ...tap, args }, world)) await messages.line(line);
  } catch (error) {
    world.signal.throwIfAborted();
    const isEnd = error instanceof TidemillError && error.code === 'tap-failed';
    throw isEnd ? (messages.fault ?? error) : error;
  }
  if (messages.fault !== undefined) throw messages.fault;
}

function stateFrom(state: string): string {
  if (/^[[{]/.test(state)) return state;
  throw new TidemillError('config', 'tap-state', 'The cursor of the job is no state of a source', {
    hint: 'Its job ran another program before. `npx tidemill run JOB --full-refresh` begins anew.',
  });
}
