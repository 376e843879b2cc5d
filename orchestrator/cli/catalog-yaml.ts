/** A job that reads a data set, as a person pastes it into `ingestion-config.yaml`. */
import type { UnitView } from '../app/catalog.ts';
import type { Session } from '../app/session.ts';
import { lineText } from '../text/table.ts';

/** Below `jobs:`. What a connector declares itself, its columns and its key, stands there as a comment: a job may not say it again. */
export function jobEntry({ config }: Pick<Session, 'config'>, of: string, unit: UnitView): string {
  const [service = ''] = of.split('.');
  const { description = '', columns = [], key = [] } = unit;
  const names = columns.map(({ name, type }) => `${name} ${type}`);
  const facts = [
    ...(names.length === 0 ? [] : [`# columns: ${names.join(', ')}`]),
    ...(key.length === 0 ? [] : [`# key: ${key.join(', ')}`]),
  ];
  const lines = [
    `service: ${service}`,
    `data_type: ${unit.name}`,
    ...(description === '' ? [] : [`description: ${JSON.stringify(lineText(description))}`]),
    `# cron: "17 6 * * *"`,
    ...facts,
  ];
  return [`${idFor(config, `${service}_${unit.name}`)}:`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

/** One that no job has. */
function idFor({ jobs }: Session['config'], wished: string): string {
  const taken = new Set(jobs.map(({ id }) => id.toLowerCase()));
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? wished : `${wished}_${number}`;
    if (!taken.has(id)) return id;
  }
}
