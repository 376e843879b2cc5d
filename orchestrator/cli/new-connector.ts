import { type NewConnector, newConnector } from '../app/new-connector.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';

const EXAMPLE = `
Example:
  tidemill new-connector acme_crm`;

export const newConnectorCommand: DefineCommand = (command, terminal) => {
  command('new-connector', 'json')
    .argument('<name>', 'that of the service: lower-case letters, digits and "_", a letter first, at most 40 of them')
    .description(
      'Make a small connector that works, with a test that passes, in connectors/NAME: to be changed into yours.',
    )
    .addHelpText('after', EXAMPLE)
    .action((name: string, options: Pick<CommonOptions, 'json'>) => {
      const made = newConnector(terminal, name);
      print(terminal, options, made, () => nextSteps(made));
    });
};

const GENERATED = {
  own: 'which legs are given its secrets',
  sources: 'the tables in the READMEs, and the staging models of dbt',
} as const satisfies Record<NewConnector['repository'], string>;

/** In a repository of one's own, `npm run generate` may be somebody else's. */
const GENERATE = {
  own: 'npx tidemill generate',
  sources: 'npm run generate',
} as const satisfies Record<NewConnector['repository'], string>;

const nextSteps = ({
  service,
  folder,
  repository,
}: NewConnector): string => `${folder} is there: a small working connector. Next:

  1. npm install                            links it, so that jobs find it
  2. npx vitest run connectors/${service}
                                            its contract test, which passes
  3. Make it yours, a file at a time: schema.ts (what the service answers, and the rows), streams.ts (how to
     read it), index.ts (address, credentials, limits), the source in the test, and the README.
  4. Add a job to ingestion-config.yaml, and its service where there is a list of services:

       ${service}_contacts:
         service: ${service}
         data_type: contacts
         cron: '17 * * * *'

  5. ${GENERATE[repository].padEnd(39)}${GENERATED[repository]}
     npx tidemill doctor                    what is still missing, such as ${service.toUpperCase()}_TOKEN
     npx tidemill run ${service}_contacts
`;
