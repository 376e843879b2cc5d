/** The JSON Schemas of the two files, for editors: completion, descriptions on hover, faults while typing. */
import { z } from 'zod';
import type { Driver } from '../drivers/manifest.ts';
import { groupsFile, mainFile } from './schema.ts';

interface JsonSchemas {
  readonly 'ingestion-config': object;
  readonly 'job-groups': object;
}

/** By the name of the file each one describes; written to `docs/schemas/<name>.schema.json`. */
export function jsonSchemas(drivers: readonly Driver[]): JsonSchemas {
  const main = mainFile(() => undefined, drivers);
  return {
    'ingestion-config': schemaOf(main, 'ingestion-config.yaml', 'What runs, when, and where the data goes.'),
    'job-groups': schemaOf(groupsFile, 'job-groups.yaml', 'Named sets of jobs.'),
  };
}

/**
 * As one writes it, before defaults are filled in. Draft 7, because that is what the YAML language server validates
 * with: https://github.com/redhat-developer/yaml-language-server/issues/856
 */
function schemaOf(schema: z.ZodType, title: string, description: string): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return { $schema, title, description, ...rest, ...extensions(rest) };
}

/** Keys that begin with `x-` are a place for anchors. */
const extensions = (schema: object): object => ('properties' in schema ? { patternProperties: { '^x-': {} } } : {});
