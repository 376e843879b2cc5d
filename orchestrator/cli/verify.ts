import { EXIT_GATE } from '@tidemill/kit';
import { openSession } from '../app/session.ts';
import { type Verifications, type Verified, verifyJobs } from '../app/verify.ts';
import { count, plural } from '../text/format.ts';
import { textTable } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { printErrors } from './errors.ts';
import { exampleText, packageCounter, type ValueOptions, valuesFor, valuesOption } from './values.ts';

interface VerifyOptions extends CommonOptions, ValueOptions {
  readonly warehouse?: string;
}

const EXAMPLE = `
Examples:
  tidemill verify shop_orders --environment prd
  tidemill verify '*' --warehouse archive        one of several warehouses
  tidemill verify shop_orders --json             for a script: no values of rows, unless --show-values

Exit codes: 0 also where every row that differs is explained, 6 where somebody has to look.`;

export const verifyCommand: DefineCommand = (command, terminal, exit) => {
  valuesOption(command('verify').argument('<jobs...>', 'ids or globs, comma-separated'))
    .description(
      'Hold the rows of the tables against the raw data they were made of: which are missing, too many, or other. Reads each table once. Only looks.',
    )
    .option('--warehouse <name>', 'only the warehouse of this name; without it, every one of the job')
    .addHelpText('after', EXAMPLE)
    .action(async (jobs: string[], options: VerifyOptions) => {
      const session = await openSession(terminal, options);
      const counter = packageCounter(terminal);
      try {
        const values = valuesFor(terminal, options);
        const found = await verifyJobs(session, { ...options, jobs, values, onPackage: counter.on });
        counter.end();
        const [only, ...others] = found.refusals;
        // Then the error is the whole answer.
        if (only !== undefined && others.length + found.verified.length === 0) throw only.error;
        print(terminal, options, documentOf(found), () => found.verified.map(textOf).join('\n'));
        const refused = await printErrors(
          terminal,
          found.refusals.map(({ error }) => error),
        );
        exit(refused || (found.verified.some(({ outcome }) => outcome === 'different') ? EXIT_GATE : 0));
      } finally {
        counter.end();
        await session.close();
      }
    });
};

const documentOf = ({ verified, refusals }: Verifications) => ({
  verified,
  refused: refusals.map(({ job, warehouse, error }) => ({ job, warehouse, code: error.code, message: error.message })),
});

const OUTCOMES = {
  equal: 'equal',
  explained: 'equal, but for rows that are explained',
  different: 'different',
} as const;

function textOf({ job, warehouse, outcome, silver, bronze, findings, columns, notes }: Verified): string {
  const sides = [
    ['silver', count(silver.rows), count(silver.keys), silver.digest],
    ['bronze', count(bronze.rows), count(bronze.keys), bronze.digest],
  ];
  const changed = columns.map(({ name, rows }) => `${name} (${count(rows)})`).join(', ');
  const lines = [
    `${job} in ${warehouse}: ${OUTCOMES[outcome]}`,
    '',
    textTable(['', 'rows', 'keys', 'digest'], sides),
    '',
    ...findings.flatMap(findingLines),
    ...(changed === '' ? [] : [`columns that differ: ${changed}`]),
    ...notes,
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function findingLines({ rows, says, isFault, places, examples }: Verified['findings'][number]): string[] {
  return [
    `${isFault ? 'FAULT  ' : 'known  '}${plural(rows, 'row')}: ${says}`,
    ...places.map(({ object, line }) => `         line ${line} of ${object}`),
    ...examples.map((example) => `         ${exampleText(example)}`),
  ];
}
