/** The JSON Schemas that editors read, and `docs/configuration.md`, which says the same for people. */
import type { SqlType } from '@tidemill/kit';
import { jsonSchemas } from '../../orchestrator/config/json-schema.ts';
import { installedDrivers } from '../../orchestrator/drivers/find.ts';
import type { GeneratedDocument } from './document.ts';
import { formsOf, type SchemaNode, typeText } from './json-schema.ts';
import { code, GENERATED, page, table } from './markdown.ts';

const INTRO = `What runs, when and where to stands in \`ingestion-config.yaml\`; named sets of jobs in \`job-groups.yaml\` beside it. Keys that
are not listed here are faults, except those that begin with \`x-\`, which are a place for anchors. \`npx tidemill validate\`
names every fault with its line; editors complete and check as you type, because the first line of each file names its
[schema](schemas).`;

const COLUMNS = `A column of a \`command\` job takes the field of its name, or the one that \`from\` leads to; one that is missing or null is NULL,
which a key column cannot be. A record whose field is in none of these forms is rejected, and the others are loaded; a column whose
field no record has ever had is told. Numbers are read as they are written, \`1.0\` and \`1e3\` too, and none is ever rounded but for
\`double\`.

\`\`\`yaml
columns:
  id: bigint
  placed_at: { type: timestamptz, from: order.placedAt }
  shop_time: { type: timestamptz, zone: Europe/Berlin }
  seen_at: { type: timestamptz, from: meta.seen, epoch: milliseconds }
\`\`\``;

/** What a record may hold for a column of the type. */
const takes: Readonly<Record<SqlType, string>> = {
  text: 'A text.',
  date: 'A text, `2026-01-31`.',
  numeric: 'A number, or its text without an exponent, of at most 29 digits before the point and 9 after. Exact.',
  boolean: '`true` or `false`, or the text of it.',
  integer: 'A whole number of 32 bits, with its sign, or its text: `5`, `"5"`.',
  bigint:
    'A whole number of 64 bits, with its sign; up to 2^53 where it is written with a point or an exponent. Or its text, of digits only.',
  double: 'A number or its text: the nearest double. One that is larger than all of them is rejected.',
  timestamptz:
    'A text, `2026-01-31T06:00:00Z`, or with an offset: `+01:00`, `+0100`, `+01`. A blank may stand for the `T`, and the seconds may be left out. Without an offset only where the column has a `zone`: a time that its clocks show twice is the first, one that they skip counts from before. A number only where it has an `epoch`. Cut at the microsecond.',
  jsonb: 'Anything but null; every number keeps its exact value.',
};

export function configurationDocuments(): GeneratedDocument[] {
  const schemas = jsonSchemas(installedDrivers.own());
  const files = Object.entries(schemas).map(([name, schema]) => ({
    path: `docs/schemas/${name}.schema.json`,
    text: `${JSON.stringify(schema, undefined, 2)}\n`,
  }));
  const main = schemas['ingestion-config'] as SchemaNode;
  const sections = sectionsOf(main, [], main.properties?.['global']);
  const groups = typeText(formsOf(schemas['job-groups'])[0] ?? {});
  if (groups !== 'mapping') throw new Error('job-groups.yaml has changed its form: describe it anew');
  const types = Object.entries(takes).map(([type, what]) => [code(type), what]);
  const columns = ['## Types of columns', COLUMNS, table(['type', 'what a record may hold'], types)];
  const text = page('# Configuration', GENERATED, INTRO, ...sections, ...columns);
  return [...files, { path: 'docs/configuration.md', text }];
}

/** One table for each mapping with keys of its own; `path` leads there. */
function sectionsOf(node: SchemaNode, path: readonly string[], global: SchemaNode | undefined): string[] {
  const { properties, additionalProperties, required = [], description } = mappingOf(node);
  if (properties === undefined) {
    return additionalProperties ? sectionsOf(additionalProperties, [...path, 'NAME'], global) : [];
  }
  const inherited =
    path[0] === 'jobs' && path.length === 2 ? Object.keys(mappingOf(global ?? {}).properties ?? {}) : [];
  const rows = Object.entries(properties).map(([name, property]) => {
    const fallback = required.includes(name) ? 'required' : defaultText(name, property, inherited);
    return [code(name), typeText(property), fallback, property.description ?? mappingOf(property).description ?? ''];
  });
  const title = path.length === 0 ? [] : [`## ${code(path.join('.'))}`, ...(description ? [description] : [])];
  const below = Object.entries(properties).flatMap(([name, property]) => sectionsOf(property, [...path, name], global));
  return [...title, table(['key', 'what to write', 'default', 'what it means'], rows), ...below];
}

function defaultText(name: string, node: SchemaNode, inherited: readonly string[]): string {
  if (node.default !== undefined) return isEmpty(node.default) ? '' : code(JSON.stringify(node.default));
  return inherited.includes(name) ? 'as in `global`' : '';
}

const isEmpty = (value: unknown): boolean => ['""', '[]', '{}'].includes(JSON.stringify(value));

/** The form with keys, where there are several: a list of jobs has the same ones and an id. */
const mappingOf = (node: SchemaNode): SchemaNode => formsOf(node).find(({ type }) => type === 'object') ?? {};
