/** One Parquet file as manifests describe it. */

/** Of the columns of a position-delete file: ids that the format has set aside. */
export const DELETE_PATH_ID = 2_147_483_546;
export const DELETE_POSITION_ID = 2_147_483_545;

/** From the id of a field to what is known of its column in the file. */
export type ByField<T> = ReadonlyMap<number, T>;

export interface DataFile {
  readonly content: 'data' | 'position-deletes' | 'equality-deletes';
  /** A URL. Deletes name their file by this text, to the letter. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Each is empty where its writer did not tell. */
  readonly columnSizes: ByField<number>;
  readonly valueCounts: ByField<number>;
  readonly nullCounts: ByField<number>;
  readonly nanCounts: ByField<number>;
  readonly lowerBounds: ByField<Buffer>;
  readonly upperBounds: ByField<Buffer>;
  readonly splitOffsets: readonly number[] | undefined;
  readonly sortOrderId: number | undefined;
  /** Of position deletes that are all of one data file: its path. */
  readonly referencedDataFile: string | undefined;
}
