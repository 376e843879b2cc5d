/** The JSON Schemas of what leaves: of the body of a message, by kind. */
import { z } from 'zod';
import { schemaOf } from './envelope.ts';
import { type EventKind, eventKinds } from './kind-names.ts';
import { kinds } from './kinds.ts';

/** Of a body of the kind. A receiver must expect fields that are not in it: they may be added at any time. */
function eventSchema(kind: EventKind): object {
  const body = z.object({
    event_type: z.literal(kind),
    timestamp: z.iso.datetime().describe('When it happened, UTC.'),
    source: z.string().describe('`tidemill/ENVIRONMENT`.'),
    data: kinds[kind],
  });
  const { $schema, ...rest } = z.toJSONSchema(body, { io: 'input' });
  return { $schema, $id: schemaOf(kind), title: kind, description: kinds[kind].description, ...rest };
}

/** By kind, in the order in which they are documented. */
export const eventSchemas = (): [EventKind, object][] => eventKinds.map((kind) => [kind, eventSchema(kind)]);
