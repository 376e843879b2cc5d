/**
 * Connectors that are open: of services with any name, and of data types that the configuration makes. What such a connector reads has
 * no columns of its own: a job says them, as one with a command does.
 */
import type { z } from 'zod';
import type { CheckpointPace, Connector, CursorSpec, EndProof, Scope, WriteMode } from './contract.ts';
import type { Emission, ExtractionMethod, StoredArtifact } from './emission.ts';
import type { ExtractContext } from './extract-context.ts';
import type { SqlType } from './rows.ts';

/** A column as a job has it. */
export interface OpenColumn {
  readonly name: string;
  readonly type: SqlType;
  /** Names of the fields that lead to its value, and places in arrays. */
  readonly path: readonly string[];
}

/** What a job of an open connector says of its table. */
export interface OpenTable<Options> {
  /** The data type. */
  readonly name: string;
  /** The job's options, checked. */
  readonly options: Options;
  /** Undefined where each record is kept whole. */
  readonly columns: readonly OpenColumn[] | undefined;
  readonly key: readonly string[];
  readonly write: WriteMode;
  readonly scope: Scope;
}

/** How the table of a job is read; each field is that of a stream. */
export interface OpenReading<Cursor, Options> {
  readonly method: ExtractionMethod;
  readonly cursor?: CursorSpec<Cursor>;
  readonly checkpoints?: CheckpointPace;
  readonly end: EndProof;
  extract(context: ExtractContext<Cursor, Options>): AsyncIterable<Emission<Cursor>>;
  parse?(artifact: StoredArtifact): AsyncIterable<unknown>;
  /**
   * What was expected of a record that `parse` could not make whole, such as a line with a cell too many: it is rejected with these
   * words, which have nothing of the record. Undefined for any other.
   */
  faultOf?(record: unknown): string | undefined;
}

/** Data types of any name. Made with `openStream()`. */
export interface OpenStream {
  /** What the options of a job are checked against. */
  readonly options: z.ZodObject;
  // biome-ignore lint/suspicious/noExplicitAny: `openStream()` has checked that they go together.
  readingOf(table: OpenTable<any>): OpenReading<any, any>;
}

/** Declares how the tables of jobs are read; only here for the inference. */
export const openStream = <Options extends z.ZodObject, Cursor>(declaration: {
  readonly options: Options;
  readingOf(table: OpenTable<z.output<Options>>): OpenReading<Cursor, z.output<Options>>;
}): OpenStream => declaration;

/** A connector without streams of its own. */
export interface OpenConnector extends Connector {
  readonly open: OpenStream;
}

/** How an open connector reads; undefined of one that declares its streams. */
export const openOf = (connector: Connector): OpenStream | undefined => (connector as Partial<OpenConnector>).open;

/** The default export of a package whose services have names of their own: `services.NAME.package`, and `options` for it. */
export interface ConnectorTemplate<Options extends z.ZodObject = z.ZodObject> {
  /** What the options of a service are checked against. */
  readonly options: Options;
  /** Those of a service, for documentation and tests. */
  readonly example: z.input<Options>;
  connectorOf(service: { readonly name: string; readonly options: z.output<Options> }): OpenConnector;
}

/** Declares a template: the default export of its `index.ts`. */
export const template = <Options extends z.ZodObject>(
  declaration: ConnectorTemplate<Options>,
): ConnectorTemplate<Options> => declaration;

export const isTemplate = (exported: unknown): exported is ConnectorTemplate =>
  typeof (exported as Partial<ConnectorTemplate> | undefined)?.connectorOf === 'function';
