/** What the catalog commands say. Pure. */
import type { Catalog, ServiceView, UnitView } from '../app/catalog.ts';
import type { FoundChoices } from '../app/catalog-choices.ts';
import type { CollectAnswer, CollectedService } from '../app/catalog-collect.ts';
import type { Preview } from '../app/catalog-preview.ts';
import { inEnvironment, instant, plural } from '../text/format.ts';
import { fittedTable, lineText } from '../text/table.ts';

/** Differences of one kind that are named; the rest is counted. */
const MOST_NAMED = 20;

/** What `--json` says of services that were not collected. */
export const failuresIn = ({ failures }: CollectAnswer) =>
  failures.map(({ service, error: { kind, code, message, hint } }) => ({ service, kind, code, message, hint }));

export function collectText({ collected, environment }: CollectAnswer): string {
  return collected.map((one) => `${linesOf(one, environment).join('\n')}\n`).join('');
}

function linesOf(one: CollectedService, environment: string): string[] {
  const { service, units, added, back, gone, changed, held_jobs: held, is_first: isFirst } = one;
  const total = `${service}: ${plural(units, 'data set')}`;
  if (isFirst) return [total, ...namesLine('has', added)];
  const differences = [
    ...namesLine('new', added),
    ...namesLine('back', back),
    ...namesLine('gone', gone),
    ...changed.slice(0, MOST_NAMED).map(({ name, what }) => `  changed: ${name}: ${what.join('; ')}`),
    ...(changed.length > MOST_NAMED ? [`  changed: ${changed.length - MOST_NAMED} more`] : []),
  ];
  const says = held.length === 0 ? [] : [`  not planned any more: ${held.join(', ')}${hintFor(service, environment)}`];
  return [differences.length === 0 ? `${total}, none of them changed` : total, ...differences, ...says];
}

const hintFor = (service: string, environment: string): string =>
  ` (npx tidemill catalog show ${service}${inEnvironment(environment)})`;

function namesLine(word: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return [`  ${word}: ${names.slice(0, MOST_NAMED).join(', ')}${more}`];
}

export function showText(found: Catalog, of: string | undefined, width: number): string {
  const [service] = found.services;
  if (of === undefined || service === undefined) return overviewText(found);
  const [unit] = service.units;
  if (of.includes('.') && unit !== undefined) return unitText(service, unit, width);
  return serviceText(service, width);
}

function overviewText({ services, environment }: Catalog): string {
  if (services.length === 0) return 'No job reads from a service with a connector, so there is nothing to collect.\n';
  const rows = services.map(({ service, collected_at, collected_by = '', units }) => [
    service,
    collected_at === undefined ? 'never collected' : plural(units.filter(isThere).length, 'data set'),
    String(units.filter((unit) => !isThere(unit)).length || ''),
    collected_at === undefined ? '' : instant(collected_at),
    lineText(collected_by),
  ]);
  const table = fittedTable(['service', 'has', 'gone', 'collected', 'by'], rows);
  const never = services.some(({ collected_at }) => collected_at === undefined);
  const next = never ? `\nTo collect them: npx tidemill catalog collect${inEnvironment(environment)}\n` : '';
  return `${table}\n${next}`;
}

const isThere = ({ state }: UnitView): boolean => state === 'there';

function serviceText(service: ServiceView, width: number): string {
  const rows = service.units.map((unit) => [
    unit.name,
    stateText(unit),
    unit.capabilities.join(', '),
    unit.jobs.join(', '),
    lineText(unit.description ?? ''),
  ]);
  const table = fittedTable(['data set', 'state', 'can', 'jobs', 'what it is'], rows, width);
  return `${headOf(service)}\n\n${service.units.length === 0 ? 'It has no data sets.' : table}\n${historyText(service)}`;
}

function headOf({ service, collected_at = '', collected_by = '', account }: ServiceView): string {
  const whose = account === undefined ? '' : ` of ${lineText(account)}`;
  return `${service}${whose}, collected ${instant(collected_at)} by ${lineText(collected_by)}`;
}

const stateText = ({ state, gone_at: gone }: UnitView): string =>
  state === 'gone' && gone !== undefined ? `gone ${instant(gone)}` : state;

/** Of those that are told, the first collection is none. */
function historyText({ history }: ServiceView): string {
  const lines = history.slice(1).map(({ at, by, added, back, gone, changed }) => {
    const kinds = [
      ['new', added],
      ['back', back],
      ['gone', gone],
      ['changed', changed.map(({ name }) => name)],
    ] as const;
    const told = kinds.flatMap(([word, names]) => namesLine(word, names)).map((line) => line.trim());
    return `${instant(at)}, ${lineText(by)}: ${told.join('; ')}\n`;
  });
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}

function unitText(service: ServiceView, unit: UnitView, width: number): string {
  const { name, description = '', columns, key, capabilities, cdm_model_id: model, jobs } = unit;
  const facts = [
    ['state', `${stateText(unit)}; found ${instant(unit.found_at)}`],
    ['can', capabilities.join(', ')],
    ['key', key?.join(', ') ?? ''],
    ['model', model ?? ''],
    ['read by', jobs.join(', ') || 'no job'],
  ].flatMap(([what = '', says = '']) => (says === '' ? [] : [`${what.padEnd(8)}  ${lineText(says)}\n`]));
  const rows = (columns ?? []).map((column) => [column.name, column.type, lineText(column.description ?? '')]);
  const title = `${service.service}.${name}${description === '' ? '' : `: ${lineText(description)}`}`;
  const table = rows.length === 0 ? '' : `\n${fittedTable(['column', 'type', 'what it is'], rows, width)}\n`;
  return `${title}\n${headOf(service)}\n\n${facts.join('')}${table}`;
}

export function previewText({ service, data_set, job, records, unreadable, more, seconds }: Preview): string {
  const whose = job === undefined ? '' : `, with the options of ${job}`;
  const lines = records.map((record) => `${lineText(JSON.stringify(record))}\n`);
  const odd = unreadable === 0 ? '' : `${plural(unreadable, 'record')} could not be read as JSON.\n`;
  const none = lines.length === 0 && unreadable === 0 ? 'The service answered without a record.\n' : '';
  const left = more ? 'There are more; this is a preview, and nothing was kept.\n' : 'Nothing was kept.\n';
  const head = `${service}.${data_set}${whose}: ${plural(records.length, 'record')} in ${seconds.toFixed(1)} s`;
  return `${head}\n\n${lines.join('')}${odd}${none}\n${left}`;
}

export function choicesText({ service, option, choices, more }: FoundChoices): string {
  if (choices.length === 0) return `${service} has no value for ${option}.\n`;
  const rows = choices.map(({ value, label = '' }) => [lineText(value), lineText(label)]);
  return `${fittedTable([option, 'called'], rows)}\n${more ? `\nThere are more than ${choices.length}.\n` : ''}`;
}
