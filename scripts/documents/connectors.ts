/** The tables of connectors, data types, options and columns, read from the connectors themselves. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Connector, type ConnectorTemplate, columnsOf, isTemplate, openOf, type Stream } from '@tidemill/kit';
import { z } from 'zod';
import type { GeneratedDocument } from './document.ts';
import { code, codes, marked, page, table } from './markdown.ts';

/** A connector and the folder it lives in, relative to the project's root. */
interface ConnectorFolder {
  readonly folder: string;
  /** Of a template the one that it makes of its example, with the name of its folder. */
  readonly connector: Connector;
  readonly template?: ConnectorTemplate;
}

/** The services that the project has connectors of, in the order of their names. */
export async function servicesIn(root: string): Promise<string[]> {
  const entries = await readdir(join(root, 'connectors'), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() && !entry.name.startsWith('_') ? [entry.name] : [])).sort();
}

/** Every connector of the project. */
export async function connectorsIn(root: string): Promise<ConnectorFolder[]> {
  return Promise.all((await servicesIn(root)).map((name) => connectorAt(root, `connectors/${name}`)));
}

/** What `npm run new-connector` copies are connectors like any other. */
export const copiedConnectors = (root: string): Promise<ConnectorFolder[]> =>
  Promise.all(
    ['api', 'browser'].map((kind) => connectorAt(root, `scripts/connector-kinds/${kind}/connectors/acme_crm`)),
  );

async function connectorAt(root: string, folder: string): Promise<ConnectorFolder> {
  const module = pathToFileURL(join(root, folder, 'index.ts'));
  const { default: exported } = (await import(module.href)) as { default: Connector | ConnectorTemplate };
  if (!isTemplate(exported)) return { folder, connector: exported };
  const options = exported.options.parse(exported.example);
  return { folder, connector: exported.connectorOf({ name: basename(folder), options }), template: exported };
}

/** Each connector's README with its columns, and the page of all connectors. */
export async function connectorDocuments(root: string): Promise<GeneratedDocument[]> {
  const connectors = await connectorsIn(root);
  const all = [...connectors, ...(await copiedConnectors(root))];
  const readmes = all.map((one) =>
    one.template === undefined
      ? marked(root, `${one.folder}/README.md`, 'columns', columnTables(one.connector))
      : marked(root, `${one.folder}/README.md`, 'options', optionTables(one.template, one.connector)),
  );
  return Promise.all([
    ...readmes,
    marked(root, 'docs/connectors.md', 'connectors', connectorTable(connectors)),
    marked(root, 'docs/connectors.md', 'templates', await templateTable(root, connectors)),
  ]);
}

/** Of what their packages say: their services have other names. */
async function templateTable(root: string, connectors: readonly ConnectorFolder[]): Promise<string> {
  const templates = connectors.filter(({ template }) => template !== undefined);
  const rows = templates.map(async ({ folder }) => {
    const text = await readFile(join(root, folder, 'package.json'), 'utf8');
    const { name, description } = JSON.parse(text) as { name: string; description: string };
    return [`[${code(name)}](../${folder}/README.md)`, description];
  });
  return table(['package', 'what it is'], await Promise.all(rows));
}

function columnTables({ service, streams }: Connector): string {
  return streams.map((stream) => streamSection(service, stream)).join('\n\n');
}

const optionTables = (template: ConnectorTemplate, connector: Connector): string =>
  page(
    '### Of a service',
    ...optionTable(template),
    '### Of a job',
    ...optionTable({ options: openOf(connector)?.options }),
  ).trimEnd();

function streamSection(service: string, stream: Stream): string {
  const columns = columnsOf(stream.row).map(({ name, type, nullable, description }) => {
    return [code(name), type, nullable ? 'yes' : '', description];
  });
  const options = optionTable(stream);
  const title = `### ${code(stream.name)}`;
  const tableOfColumns = table(['column', 'type', 'null', 'what it is'], columns);
  return page(title, `${stream.description} ${factsOf(service, stream)}`, ...options, tableOfColumns).trimEnd();
}

const SAYS: Readonly<Record<NonNullable<Stream['scope']>, string>> = {
  changes: '',
  everything: ' Each run says everything: what is gone is deleted.',
  either: ' A run says changes, or everything: then what is gone is deleted.',
};

function factsOf(
  service: string,
  { name, write, scope = 'changes', key, indexes = [], oauthScopes: scopes = [] }: Stream,
): string {
  const index = indexes.length === 0 ? '' : `, indexed by ${codes(indexes)}`;
  const identity = key.length === 0 ? 'without a key' : `by ${codes(key)}`;
  const asked = scopes.length === 0 ? '' : ` OAuth scope: ${codes(scopes)}.`;
  return `Table ${code(`${service}.${name}`)}, ${write} ${identity}${index}.${SAYS[scope]}${asked}`;
}

/** The rows of an options table; none when the stream takes no options. */
function optionTable({ options }: { readonly options?: z.ZodObject | undefined }): string[] {
  if (options === undefined) return [];
  const { properties = {} } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  const rows = Object.entries(properties).map(([name, property]) => {
    const { default: byDefault, description = '' } = property as { default?: unknown; description?: string };
    return [code(name), byDefault === undefined ? '' : code(JSON.stringify(byDefault)), description];
  });
  return rows.length === 0 ? [] : [table(['option', 'default', 'what it does'], rows)];
}

function connectorTable(connectors: readonly ConnectorFolder[]): string {
  const declared = connectors.filter(({ template }) => template === undefined);
  const rows = declared.map(({ folder, connector: { service, title, credentials, streams } }) => [
    `[${code(service)}](../${folder}/README.md)`,
    title,
    codes(streams.map(({ name }) => name)),
    credentials.length === 0 ? 'none' : codes(credentials.map(({ name }) => name)),
  ]);
  return table(['service', 'what it is', 'data types', 'credentials'], rows);
}
