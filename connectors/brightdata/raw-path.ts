/** Where in the bucket a snapshot lies as Bright Data wrote it. Pure. */
import { type CrawlTarget, OWN_FOLDERS, TidemillError, type TriggeredCrawl } from '@tidemill/kit';

const PLACES = ['year', 'month', 'day', 'snapshot_id', 'dataset_id', 'platform'] as const;
type Place = (typeof PLACES)[number];

const isPlace = (name: string): name is Place => (PLACES as readonly string[]).includes(name);

/** Throws kind `config`, code `brightdata-raw-path`. */
export function checkTemplate(template: string): void {
  const names = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  const unknown = names.find((name) => !isPlace(name));
  if (unknown !== undefined)
    throw fault(`has {${unknown}}`, `It may have ${PLACES.map((name) => `{${name}}`).join(', ')}.`);
  if (!names.includes('snapshot_id'))
    throw fault('lacks {snapshot_id}', 'Without it, one snapshot would lie where another one does.');
  const rest = template.replace(/\{[^{}]*\}/g, 'x');
  if (!/^[A-Za-z0-9._=-]+(?:\/[A-Za-z0-9._=-]+)*$/.test(rest) || rest.split('/').some((name) => /^\.+$/.test(name)))
    throw fault('is no key of a bucket', 'Use letters, digits, `.`, `_`, `-`, `=`, and `/` between folders.');
}

/** A key has 1,024 at most, and a snapshot and its part have names, too. */
const MOST_CHARACTERS = 800;

/** Before anything is paid for. Throws kind `config`, code `brightdata-raw-path`, where the copies of the target could not lie. */
export function checkRawKey(template: string, target: CrawlTarget): void {
  const key = rawKeyOf(template, { ticket: 'x', target, triggeredAt: new Date(0) });
  const [folder = ''] = key.split('/', 1);
  if (OWN_FOLDERS.has(folder))
    throw fault(`leads into ${folder}/, a folder of Tidemill`, 'Let it begin with another folder.');
  if (key.length > MOST_CHARACTERS)
    throw fault(`makes a key of ${key.length} characters`, `Use ${MOST_CHARACTERS} at most.`);
}

/**
 * The key, always the same for the same crawl: the day is the one on which it was triggered, in UTC. Of a snapshot in parts each has its
 * number before the ending.
 */
export function rawKeyOf(template: string, { ticket, target, triggeredAt }: TriggeredCrawl, part?: number): string {
  const [year = '', month = '', day = ''] = triggeredAt.toISOString().slice(0, 10).split('-');
  const { dataset_id, platform } = target.facts;
  const values = { year, month, day, snapshot_id: ticket, dataset_id, platform } satisfies Record<Place, unknown>;
  const key = template.replace(/\{([^{}]*)\}/g, (_, name: Place) => segment(values[name]));
  return part === undefined ? key : key.replace(/(\.[^./]*)?$/, (ending) => `.part-${part}${ending}`);
}

const segment = (value: unknown): string =>
  String(value ?? 'none')
    .replace(/[^A-Za-z0-9._=-]+/g, '_')
    .replace(/^\.+$/, '_');

const fault = (what: string, hint: string): TidemillError =>
  new TidemillError('config', 'brightdata-raw-path', `The option raw_snapshots ${what}`, { hint });
