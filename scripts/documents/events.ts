/** The JSON Schemas of published events, and the tables of what each kind says. */
import { eventSchemas } from '../../orchestrator/events/published/json-schema.ts';
import type { GeneratedDocument } from './document.ts';
import { type SchemaNode, typeText } from './json-schema.ts';
import { code, codes, marked, table } from './markdown.ts';

/** As zod writes what may be null. */
type Node = Omit<SchemaNode, 'type'> & { readonly type?: string | readonly string[] };

export async function eventDocuments(root: string): Promise<GeneratedDocument[]> {
  const schemas = eventSchemas();
  const files = schemas.map(([kind, schema]) => ({
    path: `docs/schemas/events/${kind}.schema.json`,
    text: `${JSON.stringify(schema, undefined, 2)}\n`,
  }));
  const said = schemas.map(([kind, schema]) => {
    const { properties, description = '' } = schema as SchemaNode;
    return { kind, description, data: properties?.['data'] ?? {} };
  });
  const names = said.map(({ data }) => Object.keys(data.properties ?? {}));
  const common = (names[0] ?? []).filter((name) => names.every((all) => all.includes(name)));
  const contents = [
    table(
      ['kind', 'when'],
      said.map(({ kind, description }) => [code(kind), description]),
    ),
    '### In each of them',
    fieldsOf(said[0]?.data ?? {}, (name) => common.includes(name)),
    ...said.flatMap(({ kind, data }) => [`### ${code(kind)}`, fieldsOf(data, (name) => !common.includes(name))]),
  ];
  return [...files, await marked(root, 'docs/events.md', 'events', contents.join('\n\n'))];
}

/** One row a field. */
function fieldsOf({ properties = {}, required = [] }: SchemaNode, isMeant: (name: string) => boolean): string {
  const rows = Object.entries(properties)
    .filter(([name]) => isMeant(name))
    .map(([name, node]) => {
      const absent = required.includes(name) ? '' : ', may be absent';
      return [code(name), `${textOf(node)}${absent}`, [node.description ?? '', keysOf(node)].filter(Boolean).join(' ')];
    });
  return table(['field of `data`', 'type', 'what it is'], rows);
}

/** Keys of a mapping, or of those in a list. */
function keysOf({ properties, items }: SchemaNode): string {
  const names = Object.keys(properties ?? items?.properties ?? {});
  return names.length === 0 ? '' : `With ${codes(names)}.`;
}

function textOf(node: Node): string {
  const types = [node.type ?? []].flat();
  const [type = ''] = types.filter((one) => one !== 'null');
  const text = typeText((type === '' ? node : { ...node, type }) as SchemaNode);
  return types.includes('null') ? `${text} or null` : text;
}
