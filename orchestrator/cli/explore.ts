import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Explored } from '../app/explore.ts';
import { inEnvironment } from '../text/format.ts';
import { shownRows, textTable } from '../text/table.ts';

/** Places are shown as seen from `folder`. */
export function exploredText(explored: Explored, folder: string): string {
  const { environment, bucket, warehouse, howTo, examples, answer, unloaded } = explored;
  const shown = (place: string): string => {
    const path = place.startsWith('file:') ? fileURLToPath(place) : place;
    return isAbsolute(path) ? relative(folder, path) : path;
  };
  return [
    `\nRaw data    ${shown(bucket)}`,
    `Warehouse   ${shown(warehouse)}`,
    ...examples.map(({ question, sql }, index) => {
      const result =
        index === 0 && answer !== undefined ? `\n\n${indented(textTable(answer.columns, shownRows(answer.rows)))}` : '';
      return `\n${question}\n\n${indented(sql)}${result}`;
    }),
    ...(unloaded.length === 0 ? [] : [`\n${notLoaded(unloaded)}`]),
    ...(unloaded.length > 0 ? [] : [asking(environment)]),
    ...(howTo === undefined ? [] : [`Or with what you have: ${howTo}.`]),
    '',
  ].join('\n');
}

const asking = (environment: string): string =>
  `\nAsk it yourself: npx tidemill query 'SELECT …'${inEnvironment(environment)}; npx tidemill tables${inEnvironment(environment)} lists what there is.`;

const notLoaded = (jobs: readonly string[]): string =>
  `Nothing of ${jobs.join(', ')} is loaded yet: what to do is said above. Then run it again.`;

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
