/** Puts a JSON Schema into words. Knows what zod writes of our configuration, and says so when it meets more. */
import { code } from './markdown.ts';

/** The part of JSON Schema that zod makes of the configuration. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | false;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** The forms a value may have, `null` apart: that is a key somebody left empty. */
export function formsOf(node: SchemaNode): SchemaNode[] {
  return node.anyOf === undefined ? [node] : node.anyOf.flatMap(formsOf).filter(({ type }) => type !== 'null');
}

/** What may be written, as `integer, 1 to 256` or `text or list of texts`. */
export function typeText(node: SchemaNode): string {
  return [...new Set(formsOf(node).map(formText))].join(' or ');
}

function formText(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map(code).join(', ');
  switch (node.type) {
    case 'string':
      return 'text';
    case 'boolean':
      return '`true` or `false`';
    case 'integer':
    case 'number':
      return node.type + range(node);
    case 'array':
      return `list of ${several(typeText(node.items ?? {}))}`;
    case 'object':
      return node.properties === undefined ? `mapping of names to ${several(valueText(node))}` : 'mapping';
    case undefined:
      return 'any value';
    default:
      throw new Error(`no word for the JSON Schema type ${node.type}`);
  }
}

const several = (type: string): string => type.replace(/^(text|mapping)$/, '$1s');

const valueText = ({ additionalProperties }: SchemaNode): string =>
  typeText(additionalProperties === false || additionalProperties === undefined ? {} : additionalProperties);

/** Limits that only say how far a number reaches in JavaScript are none. */
function range({ minimum, maximum = Number.MAX_SAFE_INTEGER, exclusiveMinimum }: SchemaNode): string {
  const last = maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (exclusiveMinimum !== undefined)
    return `, more than ${exclusiveMinimum}${last === undefined ? '' : ` to ${last}`}`;
  if (minimum === undefined) return '';
  return last === undefined ? `, ${minimum} or more` : `, ${minimum} to ${last}`;
}
