/** The JSON Schemas of published events. */
import { eventSchemas } from '../../orchestrator/events/published/json-schema.ts';
import type { GeneratedDocument } from './document.ts';

export const eventDocuments = (): GeneratedDocument[] =>
  eventSchemas().map(([kind, schema]) => ({
    path: `docs/schemas/events/${kind}.schema.json`,
    text: `${JSON.stringify(schema, undefined, 2)}\n`,
  }));
