import { join } from 'node:path';
import { makeDemo } from '../app/demo.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import type { Terminal } from './host.ts';
import { startProcess } from './subprocess.ts';

const EXAMPLE = `
Examples:
  npx tidemill demo               in the folder tidemill-demo
  npx tidemill demo try-it        in another`;

/** Public data that needs no account, and the tables in a file. */
const CONFIG = `# What runs, when, and where the data goes: https://www.npmjs.com/package/tidemill
#
# The environment \`local\`, which is always there, keeps everything below .tidemill/local in this folder.

services:
  # The web platform's features and what supports them, from the npm package web-features.
  web_features:

# One job fetches one data type. The crons say when it is due; \`npx tidemill run JOB\` does not wait for them.
jobs:
  web_features_features:
    service: web_features
    data_type: features
    description: Features of the web platform with their Baseline status
    cron: "23 5 * * *"

  web_features_groups:
    service: web_features
    data_type: groups
    description: Groups that features belong to
    cron: "29 5 * * *"

  web_features_browser_support:
    service: web_features
    data_type: browser_support
    description: The first version of each browser that supports each feature
    cron: "35 5 * * *"
`;

export const demoCommand: DefineCommand = (command, terminal, exit) => {
  command('demo [folder]')
    .description(
      'A first result without an account: makes a small project in a folder of its own, installs what it needs from npm, and runs it.',
    )
    .addHelpText('after', EXAMPLE)
    .action(async (folder: string | undefined, options: CommonOptions) => {
      const place = folder ?? 'tidemill-demo';
      const { write } = options.json ? terminal.stderr : terminal.stdout;
      write(`Installing what the demo needs into ${place} …\n`);
      const said = (line: string): void => write(`${line}\n`);
      const made = await makeDemo(terminal, { folder: place, config: CONFIG, said });
      const code = await runIn(made, terminal, write);
      print(terminal, options, { folder: place, exit: code }, () => (code === 0 ? nextSteps(place) : ''));
      exit(code);
    });
};

const RUN = ['run', 'web_features_*', '--environment', 'local', '--explore'];

/** Runs its jobs with the program that was installed there, which finds the packages beside itself. Answers its exit code. */
async function runIn(folder: string, { env, interrupted, stderr }: Terminal, write: (text: string) => void) {
  const command = [process.execPath, join(folder, 'node_modules/tidemill/bin/tidemill.mjs'), ...RUN];
  const running = startProcess(command, { cwd: folder, env }, { out: write, err: (text) => stderr.write(text) });
  const stop = (): void => running.kill('SIGTERM');
  interrupted.addEventListener('abort', stop, { once: true });
  const { code } = await running.ended;
  interrupted.removeEventListener('abort', stop);
  return code ?? 1;
}

const nextSteps = (folder: string): string => `
All of it lies in ${folder}: the raw data, the tables, and ingestion-config.yaml, which says what runs.

  cd ${folder}
  npx tidemill tables            the tables; \`npx tidemill query 'SELECT …'\` asks them
  npx tidemill run 'web_*'       once more: nothing has changed, and it says so

With data of your own, on a schedule, in a repository with nothing but what is yours:

  npm create tidemill my-data
`;
