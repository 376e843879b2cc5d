import { type InQuarantine, type QuarantinedGroup, quarantine } from '../app/quarantine.ts';
import { openSession } from '../app/session.ts';
import { count, inEnvironment, plural } from '../text/format.ts';
import { fittedTable, lineText, shortened } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';

const EXAMPLE = `
Examples:
  tidemill quarantine shop_orders --environment prd
  tidemill replay shop_orders --quarantined --environment prd    after a fix: loads what fits by now`;

/** What a terminal has room for, beside the other columns. */
const MOST_FOUND = 24;

export const quarantineCommand: DefineCommand = (command, terminal) => {
  command('quarantine')
    .argument('<job>', 'its id')
    .description(
      'What lies in quarantine of a job: the field that does not fit, what was expected, how many records, and one of them, its values shortened. Only looks.',
    )
    .addHelpText('after', EXAMPLE)
    .action(async (job: string, options: CommonOptions) => {
      const found = await quarantine(await openSession(terminal, options), job);
      print(terminal, options, found, () => textOf(found));
    });
};

function textOf({ job, environment, records, packages, groups, missing }: InQuarantine): string {
  const gone = missing === undefined ? [] : [`Nothing is known of what was kept before ${missing}, which is gone.\n`];
  if (records === 0) return [`Nothing of ${job} lies in quarantine in ${environment}.\n`, ...gone].join('');
  const where = `${plural(records, 'record')} of ${job} in quarantine in ${environment}, of ${plural(packages, 'package')}:`;
  const next = `Each lies in bronze as it came. When what makes the rows is mended: npx tidemill replay ${job} --quarantined${inEnvironment(environment)}`;
  return [`${where}\n`, `${table(groups)}\n`, ...groups.map(exampleOf), `${next}\n`, ...gone].join('\n');
}

function table(groups: readonly QuarantinedGroup[]): string {
  const rows = groups.map(({ field, expected, code, records, example }) => [
    field === '' ? 'the record' : field,
    count(records),
    foundOf(code, field, example.found),
    expected === '' ? code : expected,
  ]);
  return fittedTable(['field', 'records', 'found', 'expected'], rows);
}

/** A column may be made of any field: then the record itself has to be looked at. */
function foundOf(code: string, field: string, found: string | undefined): string {
  if (found !== undefined) return shortened(found, MOST_FOUND);
  return code === 'source-schema' && field !== '' ? '(nothing)' : '';
}

const exampleOf = ({ field, code, example }: QuarantinedGroup): string =>
  `${field === '' ? code : field}, for example line ${example.bronze_line} of ${example.bronze_object_path}:\n  ${lineText(example.record)}\n`;
