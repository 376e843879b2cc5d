import { asTidemillError } from '@tidemill/kit';
import { ConfigError, type Fault } from '../config/faults.ts';
import type { Config, Job } from '../config/job.ts';
import { checkOptions, loadConnector, streamOf } from '../extract/connector.ts';
import { plural } from '../report/format.ts';
import { checkTimeColumn } from '../silver/newest.ts';
import type { DefineCommand } from './program.ts';
import { type CommonOptions, openConfig } from './session.ts';

const EXAMPLE = `
Example:
  tidemill validate --config ingestion-config.yaml`;

export const validateCommand: DefineCommand = (command, host) => {
  command('validate')
    .description('Check the configuration: both files, every job’s connector, data type and options.')
    .addHelpText('after', EXAMPLE)
    .action(async (options: CommonOptions) => {
      const config = openConfig(host, options);
      const faults = await connectorFaults(config);
      if (faults.length > 0) throw new ConfigError(faults);
      const facts = { file: config.file, jobs: config.jobs.length, groups: config.groups.size };
      const text = `${config.file}: ${plural(facts.jobs, 'job')}, ${plural(facts.groups, 'group')}, no fault\n`;
      host.stdout.write(options.json ? `${JSON.stringify(facts, undefined, 2)}\n` : text);
    });
};

/** What only the connectors know: whether they exist, their data types, options and columns. */
async function connectorFaults(config: Config): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const job of config.jobs) {
    const message = job.command === undefined ? await connectorFault(config, job) : undefined;
    if (message !== undefined) faults.push({ place: job.place, ...message });
  }
  return faults;
}

async function connectorFault(config: Config, job: Job): Promise<Omit<Fault, 'place'> | undefined> {
  const service = config.services.get(job.service);
  if (service === undefined) return undefined;
  try {
    const stream = streamOf(await loadConnector(service), job.data_type);
    checkOptions(stream, job.id, job.options);
    checkTimeColumn(stream, job.id, job.expect.fresh_by);
    return undefined;
  } catch (thrown) {
    const { kind, message, hint } = asTidemillError(thrown);
    if (kind !== 'config') throw thrown;
    return hint === undefined ? { message } : { message, hint };
  }
}
