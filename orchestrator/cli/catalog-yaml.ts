/** A job that reads a data set, as a person pastes it into `ingestion-config.yaml`. */
import { stringify } from 'yaml';
import type { UnitView } from '../app/catalog.ts';
import type { Session } from '../app/session.ts';
import { lineText } from '../text/table.ts';

/**
 * Below `jobs:`. A job that a program runs has its columns and its key; what a connector declares itself stands there as a comment, for a
 * job may not say it again.
 */
export function jobEntry({ config }: Pick<Session, 'config'>, of: string, unit: UnitView): string {
  const [service = ''] = of.split('.');
  const { description = '', columns = [], key = [] } = unit;
  const isProgram = config.services.get(service)?.command !== undefined;
  const facts = {
    service,
    data_type: unit.name,
    ...(description === '' ? {} : { description: lineText(description) }),
  };
  // Which variables its program may see, jobs of the service say.
  const names = config.jobs.filter((job) => job.service === service).flatMap((job) => job.dependencies);
  const own = {
    ...(names.length === 0 ? {} : { dependencies: [...new Set(names)] }),
    ...(columns.length === 0 ? {} : { columns: Object.fromEntries(columns.map(columnEntry)) }),
    ...(key.length === 0 ? {} : { primary_key: key }),
  };
  const said = [
    ...(columns.length === 0 ? [] : [`# columns: ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')}`]),
    ...(key.length === 0 ? [] : [`# key: ${key.join(', ')}`]),
  ];
  const lines = [...yamlLines(facts), '# cron: "17 6 * * *"', ...(isProgram ? yamlLines(own) : said)];
  return [`${idFor(config, `${service}_${unit.name}`)}:`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

const columnEntry = ({ name, type, from }: NonNullable<UnitView['columns']>[number]) =>
  [name, from === undefined ? type : { type, from }] as const;

const yamlLines = (value: object): string[] =>
  Object.keys(value).length === 0
    ? []
    : stringify(value, { lineWidth: 0, flowCollectionPadding: true }).trimEnd().split('\n');

/** One that no job has. */
function idFor({ jobs }: Session['config'], wished: string): string {
  const taken = new Set(jobs.map(({ id }) => id.toLowerCase()));
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? wished : `${wished}_${number}`;
    if (!taken.has(id)) return id;
  }
}
