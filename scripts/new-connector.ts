/** The command `npm run new-connector`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createConnector, Refusal } from './create-connector.ts';

const USAGE = `Usage: npm run new-connector -- NAME

Creates connectors/NAME, a small working connector with a test that passes, to be changed into yours.
NAME is the service's name: lower-case letters, digits and "_", a letter first, at most 40 of them.

Example:
  npm run new-connector -- acme_crm
`;

const nextSteps = (name: string): string => `connectors/${name} is there: a small working connector. Next:

  1. npm install                            links it, so that jobs find it
  2. npx vitest run connectors/${name}
                                            its contract test, which passes
  3. Make it yours, a file at a time: schema.ts (what the service answers, and the rows), streams.ts (how to
     read it), index.ts (address, credentials, limits), the source in the test, and the README.
  4. npm run generate                       the tables in the READMEs, and the staging models of dbt
  5. Add a job to ingestion-config.yaml, and its service where there is a list of services:

       ${name}_contacts:
         service: ${name}
         data_type: contacts
         cron: '17 * * * *'

     npx tidemill doctor                    what is still missing, such as ${name.toUpperCase()}_TOKEN
     npx tidemill run ${name}_contacts
`;

/** Answers the exit code. */
async function main(args: string[], root: string): Promise<number> {
  try {
    const options = { help: { type: 'boolean', short: 'h' } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [name] = positionals;
    if (values.help === true || name === undefined || positionals.length > 1) {
      process[values.help === true ? 'stdout' : 'stderr'].write(USAGE);
      return values.help === true ? 0 : 2;
    }
    await createConnector(name, join(root, 'connectors'));
    process.stdout.write(nextSteps(name));
    return 0;
  } catch (thrown) {
    const isUsage = String((thrown as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
    if (!isUsage && !(thrown instanceof Refusal)) throw thrown;
    process.stderr.write(`${(thrown as Error).message}\n${isUsage ? `\n${USAGE}` : ''}`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2), join(import.meta.dirname, '..'));
