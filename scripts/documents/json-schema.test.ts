import { expect, it } from 'vitest';
import { type SchemaNode, typeText } from './json-schema.ts';

it.each<[string, SchemaNode]>([
  ['text', { type: 'string' }],
  ['`latest`, `all`', { type: 'string', enum: ['latest', 'all'] }],
  ['`true` or `false`', { type: 'boolean' }],
  ['integer, 1 to 256', { type: 'integer', minimum: 1, maximum: 256 }],
  ['integer, 0 or more', { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }],
  ['number, more than 0 to 7200', { type: 'number', exclusiveMinimum: 0, maximum: 7200 }],
  ['list of texts', { type: 'array', items: { type: 'string' } }],
  ['text or list of texts', { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }],
  ['text', { anyOf: [{ type: 'string' }, { type: 'null' }] }],
  ['mapping', { type: 'object', properties: {} }],
  ['mapping of names to any value', { type: 'object', additionalProperties: {} }],
  ['mapping of names to mappings', { type: 'object', additionalProperties: { type: 'object', properties: {} } }],
])('%s', (words, node) => {
  expect(typeText(node)).toBe(words);
});

it('has a word for everything, or says so', () => {
  expect(() => typeText({ type: 'tuple' })).toThrow('no word for the JSON Schema type tuple');
});
