import { checkConnectors } from './connector-faults.ts';
import type { Host } from './host.ts';
import { openConfig, type SessionOptions } from './session.ts';
import { environmentsAway, vanishing } from './vanishing.ts';

/** What a configuration without a fault has in it. */
export interface ConfigFacts {
  readonly file: string;
  readonly jobs: number;
  readonly groups: number;
  /** What is no fault, but somebody should know. */
  readonly notes: readonly string[];
}

/** Both files, and of every job the connector, data type and options. Throws a ConfigError with every fault. */
export async function validate(host: Host, options: SessionOptions): Promise<ConfigFacts> {
  const config = openConfig(host, options);
  await checkConnectors(config, host.readFile(config.file));
  const note = vanishing(config, environmentsAway(config));
  const notes = note === undefined ? [] : [note];
  return { file: config.file, jobs: config.jobs.length, groups: config.groups.size, notes };
}
