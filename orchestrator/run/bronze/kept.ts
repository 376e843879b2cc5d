/** What a reading is kept with, and what comes of it. */
import type { CheckpointPace, CursorSpec, Stream } from '@tidemill/kit';
import type { Bucket } from '../../storage/contract.ts';
import type { OpenPackage } from './open-package.ts';
import type { PackageFacts } from './package.ts';

export interface Commit {
  /** Absent when a mark moved the cursor past nothing: there is no package then. */
  readonly package?: {
    readonly id: string;
    readonly manifest: string;
    /** Key of the manifest that it names as the one before. */
    readonly previous: string | undefined;
    readonly records: number;
    readonly bytes: number;
  };
  readonly cursor?: { readonly version: number; readonly value: unknown };
  /** Instant up to which the interval was read, where it was not read to its end. */
  readonly through?: string;
  /** The source was read to its end. */
  readonly isLast?: true;
}

/** Where a reading may go on. */
export type Place = Pick<Commit, 'cursor' | 'through'>;

export interface KeepOptions {
  readonly bucket: Bucket;
  readonly facts: Omit<PackageFacts, 'package' | 'cursor_before' | 'started_at' | 'continued'>;
  /** Unique among all packages of the job and its tries; the number of the package in this try is added. */
  readonly packagePrefix: string;
  readonly scope: NonNullable<Stream['scope']>;
  readonly cursor: CursorSpec<unknown> | undefined;
  readonly cursorBefore: unknown;
  /** The one that the run began with; where it is tried again, `cursorBefore` may be ahead. */
  readonly cursorAtStart: unknown;
  /** What comes of a record that is read again: where there is no key, a second row. */
  readonly again: 'swallowed' | 'doubles';
  readonly checkpoints: CheckpointPace | undefined;
  /** Whether the state remembers how far the interval was read. */
  readonly line: 'moves' | 'stays';
  /** Of a stream whose listings can be left open: the package to go on in, if there is one. */
  readonly listing?: { readonly open: OpenPackage | undefined } | undefined;
  /** Key of the manifest that was committed last. */
  readonly previous: string | undefined;
  readonly clock: { now(): Date };
  /**
   * What becomes of a run that says everything, and that the source contradicts: `refuse` it with a transient error, keep
   * it `as-changes`, or `believe` it, as somebody has looked.
   */
  readonly incomplete: 'refuse' | 'as-changes' | 'believe';
}

/** What has come so far, and what is to be committed before more is asked for. */
export type Kept =
  | Commit
  | { readonly read: number }
  | { readonly unchanged: string }
  /** Something that people should know of the source. */
  | { readonly notice: string }
  /** The package of everything as it is now, for another run to go on in; or none, for it must not. */
  | { readonly listing: OpenPackage | undefined }
  /** What the source told is not what came: what follows is committed as changes. A sentence with both numbers. */
  | { readonly incomplete: string };
