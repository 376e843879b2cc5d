/**
 * What leaves: a CloudEvent, with what it says as the whole that receivers without CloudEvents read.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */

/** The body of a message. */
export interface EventData {
  readonly event_type: string;
  /** UTC instant. */
  readonly timestamp: string;
  readonly source: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface PublishedEvent {
  readonly specversion: '1.0';
  /** The same however often the event is sent: whoever has seen it need not look again. */
  readonly id: string;
  /** `tidemill/ENVIRONMENT`, a URI reference. */
  readonly source: string;
  /** `dev.tidemill.KIND`. */
  readonly type: string;
  /** Id of the job. */
  readonly subject: string;
  /** UTC instant. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  /** Events of one key are sent in their order: https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/partitioning.md */
  readonly partitionkey: string;
  readonly data: EventData;
}

/** An event as it lies in the state of its job. */
export interface KeptEvent {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly job: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Identity of the JSON Schema of a kind: docs/schemas/events/KIND.schema.json. */
export const schemaOf = (kind: string): string => `urn:tidemill:event:${kind}:1`;

/** The kind of a published event. */
export const kindOf = ({ data }: Pick<PublishedEvent, 'data'>): string => data.event_type;

export function published(environment: string, { id, type, at, job, data }: KeptEvent): PublishedEvent {
  const source = `tidemill/${environment}`;
  return {
    specversion: '1.0',
    id,
    source,
    type: `dev.tidemill.${type}`,
    subject: job,
    time: at,
    datacontenttype: 'application/json',
    dataschema: schemaOf(type),
    partitionkey: `${environment}/${job}`,
    data: { event_type: type, timestamp: at, source, data },
  };
}
