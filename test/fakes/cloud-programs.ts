/**
 * Executables that stand for the programs of clouds: each writes down what it was given, and knows what it has made. What
 * they do not know ends with an error, as a wrong argument does.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface CloudPrograms {
  /** `PATH` with them first. */
  readonly path: string;
  /** Arguments of every call, with the program first. */
  calls(): string[][];
  /** Every variable that any of them was given. */
  environments(): Record<string, string>[];
  /** From now on, calls whose words hold this fail. */
  refuse(words: string | undefined): void;
  /** The next so many of such calls say that there is nothing of that name yet. */
  hide(words: string, times: number): void;
  /** What was made so far is deleted, as pools are: it is found still, and its name is taken. */
  remove(): void;
  /** Such calls take half a second. */
  delay(words: string): void;
  /** Such calls print a warning before their answer. */
  warn(words: string): void;
}

/** What a key is that nobody sees twice. */
export const ACCESS_KEY = { id: 'AKIAFAKE00000000001', secret: 'fake-secret-access-key-0123456789abcdef' };

const COMMON = String.raw`#!/usr/bin/env node
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');
const folder = dirname(__dirname);
const program = basename(__filename);
const args = process.argv.slice(2);
appendFileSync(join(folder, 'calls.ndjson'), JSON.stringify({ call: [program, ...args], env: process.env }) + '\n');
const file = join(folder, 'made.json');
const made = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
const refused = existsSync(join(folder, 'refused')) ? readFileSync(join(folder, 'refused'), 'utf8') : '';
const fail = (text, code = 1) => { process.stderr.write(text + '\n'); process.exit(code); };
const answer = (text) => { process.stdout.write(text + '\n'); process.exit(0); };
const has = (name) => made.includes(name);
const make = (name) => {
  if (has(name)) fail('ERROR: ' + name + ' already exists');
  writeFileSync(file, JSON.stringify([...made, name]));
};
const slow = existsSync(join(folder, 'slow')) ? readFileSync(join(folder, 'slow'), 'utf8') : '';
if (slow !== '' && args.join(' ').includes(slow)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
if (refused !== '' && args.join(' ').includes(refused)) fail('ERROR: permission denied');
const hidden = existsSync(join(folder, 'hidden')) ? JSON.parse(readFileSync(join(folder, 'hidden'), 'utf8')) : { times: 0 };
if (hidden.times > 0 && args.join(' ').includes(hidden.words)) {
  writeFileSync(join(folder, 'hidden'), JSON.stringify({ ...hidden, times: hidden.times - 1 }));
  fail('ERROR: (gcloud) Service account tidemill-dev does not exist. (NoSuchEntity)');
}
const noisy = existsSync(join(folder, 'noisy')) ? readFileSync(join(folder, 'noisy'), 'utf8') : '';
if (noisy !== '' && args.join(' ').includes(noisy)) process.stdout.write('WARNING: this version is old\n');
const option = (name) => {
  const at = args.indexOf('--' + name);
  const joined = args.find((arg) => arg.startsWith('--' + name + '='));
  return joined === undefined ? args[at + 1] : joined.slice(name.length + 3);
};
const line = args.join(' ');
`;

const PROGRAMS: Readonly<Record<string, string>> = {
  gcloud: String.raw`
if (line === 'config get-value project') answer('my-project');
if (line.startsWith('services enable ')) answer('');
if (line.startsWith('projects add-iam-policy-binding ')) answer('bindings: []');
const verb = /^(iam service-accounts|iam workload-identity-pools providers|iam workload-identity-pools|storage buckets) (describe|create|create-oidc|add-iam-policy-binding) (\S+)/.exec(line);
if (verb === null) fail('ERROR: Invalid choice: ' + line, 2);
const [, kind, what, given] = verb;
const name = kind + ' ' + given.replace(/@.*/, '');
if (what.startsWith('create')) { make(name); answer('created'); }
if (!has(name)) fail('ERROR: NOT_FOUND: ' + name);
if (what === 'add-iam-policy-binding') answer('bindings: []');
if (line.includes('--format=value(state)')) answer(existsSync(join(folder, 'deleted')) ? 'DELETED' : 'ACTIVE');
answer(kind === 'iam workload-identity-pools' ? 'projects/123/locations/global/workloadIdentityPools/' + given : name);
`,
  bq: `
const dataset = args.at(-1);
if (line.startsWith('show --dataset ')) has(dataset) ? answer('Dataset') : fail('Not found', 2);
if (line.startsWith('--location=EU mk --dataset ')) { make(dataset); answer('created'); }
if (line.startsWith('query --nouse_legacy_sql GRANT ')) answer('');
fail('FATAL Flags parsing error');
`,
  aws: String.raw`
if (line === 'configure get region') answer('eu-central-1');
const user = option('user-name');
switch (args.slice(0, 2).join(' ')) {
  case 's3api get-bucket-location': if (has('bucket ' + option('bucket'))) answer('{}'); fail('NoSuchBucket', 254);
  case 's3 mb': make('bucket ' + args[2].slice(5)); answer('make_bucket');
  case 'iam get-user': if (has('user ' + user)) answer('{}'); fail('NoSuchEntity', 254);
  case 'iam create-user': make('user ' + user); answer('{}');
  case 'iam get-user-policy': if (has('policy ' + user)) answer('{}'); fail('NoSuchEntity', 254);
  case 'iam put-user-policy': JSON.parse(option('policy-document')); make('policy ' + user); process.exit(0);
  case 'iam create-access-key': make('key of ' + user); answer('ID\tSECRET');
  case 'iam delete-access-key':
    if (option('access-key-id') !== 'ID') fail('NoSuchEntity', 254);
    writeFileSync(file, JSON.stringify(made.filter((one) => one !== 'key of ' + user)));
    process.exit(0);
  default: fail('aws: error: Found invalid choice', 252);
}
`
    .replaceAll("'ID'", `'${ACCESS_KEY.id}'`)
    .replace('ID\\tSECRET', `${ACCESS_KEY.id}\\t${ACCESS_KEY.secret}`),
};

/** In a folder; others than those that are named are not there, whatever the machine has. */
export function cloudPrograms(
  folder: string,
  names: readonly string[],
  gh?: { readonly token: string },
): CloudPrograms {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const write = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `${COMMON}${text}`);
    chmodSync(join(bin, name), 0o755);
  };
  for (const name of names) write(name, PROGRAMS[name] ?? '');
  write(
    'gh',
    gh === undefined
      ? "fail('no token')"
      : `line === 'auth token --hostname 127.0.0.1' ? answer('${gh.token}') : fail('no token')`,
  );
  // Only Node besides: the machine may have programs of clouds of its own.
  writeFileSync(join(bin, 'node'), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`);
  chmodSync(join(bin, 'node'), 0o755);
  const lines = (): { call: string[]; env: Record<string, string> }[] => {
    const file = join(folder, 'calls.ndjson');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { call: string[]; env: Record<string, string> });
  };
  return {
    path: [bin, '/nowhere'].join(delimiter),
    calls: () => lines().map(({ call }) => call),
    environments: () => lines().map(({ env }) => env),
    hide: (words, times) => writeFileSync(join(folder, 'hidden'), JSON.stringify({ words, times })),
    remove: () => writeFileSync(join(folder, 'deleted'), ''),
    warn: (words) => writeFileSync(join(folder, 'noisy'), words),
    delay: (words) => writeFileSync(join(folder, 'slow'), words),
    refuse: (words) => writeFileSync(join(folder, 'refused'), words ?? ''),
  };
}
