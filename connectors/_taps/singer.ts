/** `tidemill-singer`: one stream of a Singer tap, as a command of the orchestrator prints it. */
import { TidemillError } from '@tidemill/kit';
import { redactor } from '@tidemill/kit/redact';
import { type Options, optionsOf } from './options.ts';
import { linesOf, type Tap, textOf, written } from './program.ts';
import { Printer, runOf } from './run.ts';
import { documentIn, settingsOf } from './settings.ts';
import {
  catalogIn,
  idOf,
  namesOf,
  type SingerCatalog,
  type SingerStream,
  selectedIn,
  singerDataset,
} from './singer-catalog.ts';
import { SingerMessages } from './singer-messages.ts';
import { byDataType, streamNamed } from './streams.ts';
import { type Workplace, workplace } from './workplace.ts';
import { tell, type World } from './world.ts';

const USAGE = {
  usage: 'tidemill-singer TAP [--config FILE] [--catalog FILE] STREAM, or --discover in the place of STREAM',
  options: ['config', 'catalog'],
} as const;

/** Throws TidemillErrors. */
export async function singer(world: World): Promise<void> {
  const options = optionsOf(world.args, USAGE);
  const settings = await settingsOf(options.config, world);
  const place = await workplace(world);
  try {
    const config = await place.write('config.json', settings.value);
    const tap: Tap = { program: options.program, args: ['--config', config], redact: redactor(settings.secrets) };
    const catalog = await catalogOf(tap, options, world);
    if (options.stream === undefined) await printDatasets(catalog, world);
    else await read({ tap, catalog, stream: streamNamed(catalog.streams, options.stream, idOf), place, world });
  } finally {
    await place.remove();
  }
}

async function catalogOf(tap: Tap, { catalog, program }: Options, world: World): Promise<SingerCatalog> {
  if (catalog !== undefined) return catalogIn(await documentIn(catalog, world), catalog);
  const what = `What ${program} prints with --discover`;
  const text = await textOf({ ...tap, args: [...tap.args, '--discover'] }, world);
  return catalogIn(parsed(text), what);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function printDatasets({ streams }: SingerCatalog, world: World): Promise<void> {
  for (const stream of byDataType(streams, idOf).values()) {
    await written(world, Buffer.from(`${JSON.stringify(singerDataset(stream))}\n`));
  }
}

interface Read {
  readonly tap: Tap;
  readonly catalog: SingerCatalog;
  readonly stream: SingerStream;
  readonly place: Workplace;
  readonly world: World;
}

async function read({ tap, catalog, stream, place, world }: Read): Promise<void> {
  const { scope, state } = await runOf(world);
  const selected = await place.write('catalog.json', selectedIn(catalog, stream, scope));
  const from = state === undefined ? [] : ['--state', await place.write('state.json', stateFrom(state))];
  const messages = new SingerMessages({
    names: namesOf(stream),
    others: new Set(catalog.streams.filter((one) => one !== stream).flatMap(namesOf)),
    scope,
    printer: new Printer(world, scope),
    notice: (text) => tell(world, `${tap.program}: ${text}`),
  });
  for await (const line of linesOf({ ...tap, args: [...tap.args, '--catalog', selected, ...from] }, world)) {
    await messages.line(line);
  }
  messages.end();
}

/** As it was: whatever it says, the tap has said it. */
function stateFrom(state: string): string {
  if (parsed(state) !== undefined) return state;
  throw new TidemillError('config', 'tap-state', 'The cursor of the job is no state of a tap', {
    hint: 'Its job ran another program before. `npx tidemill run JOB --full-refresh` begins anew.',
  });
}
