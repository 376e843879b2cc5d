import { describe, expect, it } from 'vitest';
import { installedDrivers } from '../drivers/find.ts';
import { jsonSchemas } from './json-schema.ts';

interface Schema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

const schemas = Object.entries(jsonSchemas(installedDrivers.own())) as unknown as [string, Schema][];

/** Every mapping with declared keys, wherever it lies, by its path. */
function objectsIn(schema: unknown, path = ''): [string, Schema][] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own: [string, Schema][] = 'properties' in schema ? [[path, schema as Schema]] : [];
  return [...own, ...Object.entries(schema).flatMap(([key, value]) => objectsIn(value, `${path}/${key}`))];
}

describe.each(schemas)('the JSON Schema of %s', (name, schema) => {
  it('is of the draft that editors validate YAML with', () => {
    expect(schema).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#', title: `${name}.yaml` });
  });

  it('describes every option, and allows no other', () => {
    const objects = objectsIn(schema);
    expect(objects.length).toBeGreaterThan(1);
    for (const [path, { properties = {}, additionalProperties }] of objects) {
      expect({ path, additionalProperties }).toEqual({ path, additionalProperties: false });
      for (const [key, option] of Object.entries(properties)) {
        expect({ key: `${path}/${key}`, description: option['description'] }).toEqual({
          key: `${path}/${key}`,
          description: expect.stringMatching(/^.{10,}\.$/),
        });
      }
    }
  });
});

describe('the JSON Schema of the main file', () => {
  const main = schemas[0]?.[1] ?? {};

  it('describes the file as one writes it: what has a default may be left out', () => {
    expect(main['required']).toEqual(['jobs']);
    expect(main).toMatchObject({
      properties: { global: { anyOf: [{ properties: { timeout_minutes: { default: 30 } } }, {}] } },
    });
    expect(main).not.toHaveProperty('properties.global.anyOf.0.required');
  });

  it('leaves room for anchors', () => {
    expect(main['patternProperties']).toEqual({ '^x-': {} });
  });
});
