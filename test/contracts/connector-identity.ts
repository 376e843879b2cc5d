/** What a connector must say of itself, and must not say wrong: checks that run nothing. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Connector, columnsOf, openOf } from '@tidemill/kit';
import { declarationOf } from '@tidemill/kit/credentials';
import { connectorPackageIn } from '../../orchestrator/run/extract/connector-package.ts';
import type { Subject } from './connector-trial.ts';

const SQL_NAME = /^[a-z][a-z0-9_]{0,59}$/;
const VARIABLE = /^[A-Z][A-Z0-9_]*$/;
/** Every silver table has these. */
const PROVENANCE = ['checksum_sha256', 'bronze_object_path', 'bronze_line', 'source_url', 'ingested_at'];

export interface IdentityCheck {
  readonly promise: string;
  readonly run: (subject: Subject) => Promise<void> | void;
}

/** What a sign-in and a refresh need of the declaration. */
function checkOAuth({ oauth, tokens }: Connector, names: readonly string[]): void {
  assert(oauth === undefined || tokens === undefined, 'there is oauth, and there are tokens: one of them');
  if (tokens !== undefined) assert(names.includes(tokens.seed), `${tokens.seed} is no credential`);
  if (tokens?.perAddress) assert.equal(tokens.rotation, 'never', 'tokens for one address are made of what stays good');
  for (const name of Object.values(oauth?.credentials ?? {})) assert(names.includes(name), `${name} is no credential`);
  for (const url of [oauth?.authorizeUrl, oauth?.tokenUrl, tokens?.url])
    assert(url === undefined || URL.parse(url)?.protocol === 'https:', `${url} is not https://`);
}

export const identityChecks: readonly IdentityCheck[] = [
  {
    promise: 'is the package its folder says, and names its service, title and homepage',
    run: async ({ connector: { service, title, homepage }, module, options }) => {
      const { name } = JSON.parse(await readFile(new URL('package.json', module), 'utf8')) as { name: string };
      // The services of a template are called otherwise.
      assert.equal(name, `@tidemill/${options === undefined ? service : basename(dirname(fileURLToPath(module)))}`);
      assert.match(service, SQL_NAME);
      assert.notEqual(title.trim(), '', 'the title is empty');
      assert.equal(URL.parse(homepage)?.protocol, 'https:', 'the homepage is no https:// URL');
    },
  },
  {
    promise: 'names each credential as a variable, once, and says what it is; each limit with its source',
    run: async ({ connector, module, options }) => {
      const { credentials, limits = [], baseUrl } = connector;
      const names = credentials.map(({ name }) => name);
      for (const name of names) assert.match(name, VARIABLE);
      assert.equal(new Set(names).size, names.length, 'a credential is named twice');
      for (const { name, description } of credentials) assert.notEqual(description.trim(), '', `${name}: what is it?`);
      for (const { source } of limits) assert(URL.canParse(source), 'the source of a limit is no URL');
      if (baseUrl !== undefined) assert.equal(URL.parse(baseUrl)?.protocol, 'https:', 'the base URL is not https://');
      checkOAuth(connector, names);
      // A plan reads them in the package, without loading the connector.
      const { declaration } = (await connectorPackageIn(dirname(fileURLToPath(module)), options)) ?? {};
      assert.deepEqual(declaration, declarationOf(connector), 'package.json: tidemill');
    },
  },
  {
    promise: 'describes the stream and every column, all of them silver columns with names of their own',
    run: ({ stream, connector }) => {
      // Of the table of a job its configuration says so.
      const isDescribed = openOf(connector) === undefined;
      assert.match(stream.name, SQL_NAME);
      if (isDescribed) assert.notEqual(stream.description.trim(), '', `${stream.name}: what is it?`);
      for (const { name, description } of columnsOf(stream.row)) {
        assert.match(name, SQL_NAME);
        assert(!PROVENANCE.includes(name), `${name} is a column that every silver table has`);
        if (isDescribed) assert.notEqual(description.trim(), '', `${stream.name}.${name}: what is it?`);
      }
      for (const [name, field] of Object.entries(stream.options?.shape ?? {})) {
        assert.notEqual((field as { description?: string }).description ?? '', '', `option ${name}: what is it?`);
      }
    },
  },
  {
    promise: 'has a key of columns that are never null, or appends',
    run: ({ stream }) => {
      const columns = new Map(columnsOf(stream.row).map((column) => [column.name, column]));
      assert(stream.key.length > 0 || stream.write === 'append', `${stream.write} needs a key`);
      assert.equal(new Set(stream.key).size, stream.key.length, 'a column stands in the key twice');
      for (const name of stream.key) {
        assert(columns.has(name), `the key names ${name}, which is no column`);
        assert.equal(columns.get(name)?.nullable, false, `${name} is part of the key and may be null`);
      }
      for (const name of stream.indexes ?? []) assert(columns.has(name), `the index names ${name}, which is no column`);
    },
  },
  {
    promise: 'says how a run that says everything knows its end',
    run: ({ stream: { name, scope = 'changes', end } }) => {
      if (scope !== 'changes') assert.notEqual(end, undefined, `${name} says everything: what shows that it is?`);
    },
  },
  {
    promise: 'starts from a cursor of its own schema',
    run: ({ stream: { cursor } }) => {
      if (cursor === undefined) return;
      assert(Number.isInteger(cursor.version) && cursor.version >= 1, 'the cursor has no version');
      const { success } = cursor.schema.safeParse(JSON.parse(JSON.stringify(cursor.start)));
      assert(success, 'the start does not fit the schema once it is JSON');
    },
  },
];
