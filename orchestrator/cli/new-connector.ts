import { kinds, type NewConnector, newConnector } from '../app/new-connector.ts';
import { wrapped } from '../text/format.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';

interface NewConnectorOptions extends Pick<CommonOptions, 'json'> {
  readonly kind: string;
}

const EXAMPLE = `
Examples:
  tidemill new-connector acme_crm                   an API, read by a connector in connectors/acme_crm
  tidemill new-connector acme_crm --kind browser    pages, read by one with the browser of the machine
  tidemill new-connector acme_crm --kind file       files, read by @tidemill/files
  tidemill new-connector acme_crm --kind command    whatever a program in commands/ prints
  tidemill new-connector acme_crm --kind singer     what a Singer tap reads, by @tidemill/taps

It prints what to put into ingestion-config.yaml, and a checklist.`;

export const newConnectorCommand: DefineCommand = (command, terminal) => {
  command('new-connector', 'json')
    .argument('<name>', 'that of the service: lower-case letters, digits and "_", a letter first, at most 40 of them')
    .description('Make a small connector that works, to be changed into yours, and say what comes next.')
    .option('--kind <kind>', `how it reads: ${kinds.join(', ')}`, 'api')
    .addHelpText('after', EXAMPLE)
    .action((name: string, options: NewConnectorOptions) => {
      const made = newConnector(terminal, name, options);
      print(terminal, options, made, () => textOf(made));
    });
};

const WIDTH = 100;

const textOf = ({ folder, files, config, checklist }: NewConnector): string =>
  [
    ...(folder === undefined ? ['Written:'] : [`${folder} is there: a small connector that works.`]),
    ...(folder === undefined ? files.map((path) => `  ${path}`) : []),
    '',
    'For ingestion-config.yaml, each part below the line of its name there. A list of services that begins',
    'with this one must name those of all other jobs, too.',
    '',
    config,
    'Checklist. A step is done when its commands end well:',
    ...checklist.flatMap(({ what, run }, index) => [
      '',
      ...wrapped(`${index + 1}. ${what}`, WIDTH, 3).map((line) => `  ${line}`),
      ...run.map((line) => `       ${line}`),
    ]),
    '',
  ].join('\n');
