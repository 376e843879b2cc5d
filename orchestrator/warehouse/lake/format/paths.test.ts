import { expect, it } from 'vitest';
import { isSameUrl, pathIn } from './paths.ts';

it('finds the path of a file in its table, however a folder is written', () => {
  expect(pathIn('gs://b/silver/crm/people', 'gs://b/silver/crm/people/data/x.parquet')).toBe('data/x.parquet');
  expect(pathIn('file:///lake/t', 'file:/lake/t/data/x.parquet')).toBe('data/x.parquet');
  expect(pathIn('file:/lake/t/', 'file:///lake/t/data/x.parquet')).toBe('data/x.parquet');
  expect(pathIn('gs://b/silver/crm/people', 'gs://b/silver/crm/people2/data/x.parquet')).toBeUndefined();
  expect(pathIn('gs://b/silver/crm/people', 's3://b/silver/crm/people/data/x.parquet')).toBeUndefined();
  expect([isSameUrl('file:/a', 'file:///a/'), isSameUrl('gs://a', 'gs://a/b')]).toEqual([true, false]);
});
