/** Runs the script of a step as GitHub's runner does. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Unsupported } from './workflow.ts';

export interface Script {
  readonly text: string;
  /** `bash`, or undefined for the default: the two differ in `pipefail`. */
  readonly shell: string | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly temp: string;
}

export interface Ending {
  readonly code: number;
  /** What it wrote, standard output and error as they came. */
  readonly log: string;
}

/** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
  default: ['-e'],
  bash: ['--noprofile', '--norc', '-eo', 'pipefail'],
};

let scripts = 0;

export async function runScript({ text, shell = 'default', cwd, env, temp }: Script): Promise<Ending> {
  const options = SHELLS[shell];
  if (options === undefined) throw new Unsupported(`the shell "${shell}" is not known here`);
  scripts += 1;
  const file = join(temp, `script-${scripts}.sh`);
  await writeFile(file, text);
  const child = spawn('/bin/bash', [...options, file], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk;
    });
  }
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, log }));
  });
}
