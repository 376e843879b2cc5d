import { expect, it } from 'vitest';
import { asLakeError } from './errors.ts';

it.each([
  ["Conversion Error: Could not convert string 'ZSTD' to INT32", 'warehouse-value'],
  ["Out of Range Error: 'Failed to read file' is out of range", 'warehouse-value'],
  ["Invalid Input Error: No magic bytes found at end of file 'a.parquet'", 'lake-file-damaged'],
  ['IO Error: ZSTD Decompression failure', 'lake-file-damaged'],
])('tells a value that speaks of files from a damaged file: %s', (message, code) => {
  expect(asLakeError(new Error(message), 'the lake')).toMatchObject({ code });
});
