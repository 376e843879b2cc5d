/** What becomes of a snapshot when a service is collected again. Pure. */
import { type Dataset, TidemillError } from '@tidemill/kit';
import { type Differences, SNAPSHOT_VERSION, type Snapshot, type Unit } from './snapshot.ts';

export interface Collected {
  readonly service: string;
  readonly datasets: readonly Dataset[];
  readonly account?: string | undefined;
  readonly at: Date;
  readonly by: string;
  /** Unique to it. */
  readonly run: string;
  /** A person has looked: what is not named is gone, however much it is. */
  readonly accepts: boolean;
  /** The command with which one does. */
  readonly accept: string;
}

/** Collections with differences that are remembered. */
const MOST_HISTORY = 20;
/** Units that are remembered although they are gone. */
const MOST_GONE = 1000;
/** Names that one difference remembers of each kind: the first collection of a large service has thousands. */
const MOST_NAMED = 200;

/**
 * The next snapshot, and how it differs from the one before. Nothing of `previous` is lost: what the service does not name any more stays
 * as gone. Throws `catalog-vanished` where that is everything, or more than half, and nobody has accepted it.
 */
export function merged(
  previous: Snapshot | undefined,
  collected: Collected,
): { readonly snapshot: Snapshot; readonly differences: Differences } {
  const { service, datasets, account, by, run } = collected;
  const at = collected.at.toISOString();
  const before = new Map(previous?.units.map((unit) => [unit.name, unit]));
  const there = datasets.map((dataset) => unitOf(dataset, before.get(dataset.name), at));
  const named = new Set(datasets.map(({ name }) => name));
  const missing = [...before.values()].filter(({ name }) => !named.has(name));
  const vanished = missing.filter(({ state }) => state === 'there');
  if (!collected.accepts) refuseVanishing(collected, vanished.length, [...before.values()].filter(isThere).length);
  const gone = missing
    .map((unit): Unit => (unit.state === 'gone' ? unit : { ...unit, state: 'gone', gone_at: at }))
    .sort((a, b) => (b.gone_at ?? '').localeCompare(a.gone_at ?? ''))
    .slice(0, MOST_GONE);
  const differences = differencesOf(before, there, vanished);
  const history = previous?.history ?? [];
  const isNews = previous === undefined || hasAny(differences);
  return {
    differences,
    snapshot: {
      version: SNAPSHOT_VERSION,
      service,
      collected_at: at,
      collected_by: by,
      run,
      ...(account === undefined ? {} : { account }),
      units: [...there, ...gone],
      history: isNews ? [...history, { at, by, ...shortened(differences) }].slice(-MOST_HISTORY) : history,
    },
  };
}

const isThere = ({ state }: Unit): boolean => state === 'there';

const hasAny = ({ added, back, gone, changed }: Differences): boolean =>
  added.length + back.length + gone.length + changed.length > 0;

function unitOf(dataset: Dataset, before: Unit | undefined, at: string): Unit {
  const found_at = before !== undefined && isThere(before) ? before.found_at : at;
  return { ...(dataset as Omit<Unit, 'state' | 'found_at'>), state: 'there', found_at };
}

/** Half an answer looks as one of which the rest is gone. */
function refuseVanishing({ service, accept }: Collected, vanished: number, of: number): void {
  if (vanished === 0 || (vanished < of && vanished * 2 <= of)) return;
  const what = vanished === of ? `none of its ${of}` : `only ${of - vanished} of its ${of}`;
  throw new TidemillError(
    'source-changed',
    'catalog-vanished',
    `${service} names ${what} data sets any more: nothing was changed`,
    {
      hint: `Half an answer looks like this. Look at the service; if they are really gone there, \`${accept}\` says so, and their jobs are not planned any more.`,
    },
  );
}

function differencesOf(
  before: ReadonlyMap<string, Unit>,
  there: readonly Unit[],
  vanished: readonly Unit[],
): Differences {
  const stateOf = ({ name }: Unit): Unit['state'] | undefined => before.get(name)?.state;
  const names = (units: readonly Unit[]): string[] => units.map(({ name }) => name);
  return {
    added: names(there.filter((unit) => stateOf(unit) === undefined)),
    back: names(there.filter((unit) => stateOf(unit) === 'gone')),
    gone: names(vanished),
    changed: there.flatMap((unit) => {
      const was = before.get(unit.name);
      const what = was === undefined ? [] : changesOf(was, unit);
      return what.length === 0 ? [] : [{ name: unit.name, what }];
    }),
  };
}

/** What matters to a job and its table; a phrase each. Descriptions are words. */
function changesOf(was: Unit, is: Unit): string[] {
  const [had, has] = [typesOf(was), typesOf(is)];
  return [
    ...[...has].filter(([name]) => !had.has(name)).map(([name, type]) => `column ${name} (${type}) is new`),
    ...[...had].filter(([name]) => !has.has(name)).map(([name]) => `column ${name} is gone`),
    ...[...has].flatMap(([name, type]) => {
      const before = had.get(name);
      return before === undefined || before === type ? [] : [`column ${name} was ${before}, and is ${type}`];
    }),
    ...changeOf('the key', was.key, is.key),
    ...changeOf('what it can', was.capabilities, is.capabilities),
    ...changeOf('the model', optional(was.cdm_model_id), optional(is.cdm_model_id)),
  ];
}

const typesOf = ({ columns = [] }: Unit): Map<string, string> => new Map(columns.map(({ name, type }) => [name, type]));

const optional = (value: string | undefined): string[] => (value === undefined ? [] : [value]);

function changeOf(what: string, was: readonly string[] = [], is: readonly string[] = []): string[] {
  const [before, after] = [was, is].map((names) => names.join(', ') || 'none');
  return before === after ? [] : [`${what} was ${before}, and is ${after}`];
}

function shortened({ added, back, gone, changed }: Differences): Differences {
  const few = <T>(all: T[]): T[] => all.slice(0, MOST_NAMED);
  return { added: few(added), back: few(back), gone: few(gone), changed: few(changed) };
}
