/** After a first run: where the data lies, and queries to try, the first with its answer. */
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Example } from '@tidemill/kit';
import type { Target } from '../app/orders.ts';
import type { Session } from '../app/session.ts';
import { driverOf } from '../drivers/manifest.ts';
import { loadConnector } from '../run/extract/connector.ts';
import { textTable } from '../text/table.ts';

const MOST = 3;

export async function explore(session: Session, targets: readonly Target[]): Promise<string> {
  const { bucket, config, environment, host } = session;
  const howTo = driverOf(config.drivers, 'warehouse', environment.warehouse)?.explore;
  const warehouse = await session.warehouse();
  const shown = (place: string): string => {
    const path = place.startsWith('file:') ? fileURLToPath(place) : place;
    return isAbsolute(path) ? relative(host.cwd, path) : path;
  };
  const examples = (await examplesOf(targets)).slice(0, MOST);
  const [first] = examples;
  const answer = first === undefined ? undefined : await warehouse.query?.(first.sql);
  return [
    `\nRaw data    ${shown(bucket.url)}`,
    `Warehouse   ${shown(warehouse.url)}`,
    ...examples.map(({ question, sql }, index) => {
      const result =
        index === 0 && answer !== undefined ? `\n\n${indented(textTable(answer.columns, answer.rows))}` : '';
      return `\n${question}\n\n${indented(sql)}${result}`;
    }),
    ...(howTo === undefined ? [] : [`\nAsk it yourself: ${howTo}.`]),
    '',
  ].join('\n');
}

/** Examples of the streams that ran, taking turns between the services. */
async function examplesOf(targets: readonly Target[]): Promise<Example[]> {
  const services = new Map(
    targets.filter(({ job }) => job.command === undefined).map(({ service }) => [service.name, service]),
  );
  const examples: Example[][] = [];
  for (const service of services.values()) {
    const { streams } = await loadConnector(service);
    const ran = new Set(targets.filter(({ job }) => job.service === service.name).map(({ job }) => job.data_type));
    examples.push(streams.filter(({ name }) => ran.has(name)).flatMap((stream) => stream.examples ?? []));
  }
  const rounds = Math.max(0, ...examples.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => examples.flatMap((own) => own[round] ?? [])).flat();
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
