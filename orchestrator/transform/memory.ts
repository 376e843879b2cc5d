/** What dbt has transformed in a warehouse: the last package of each job, as it was before dbt began, and the project it had. */
import { z } from 'zod';
import type { Bucket } from '../storage/contract.ts';
import { keys } from '../storage/keys.ts';
import { readText, writeJson } from '../storage/text.ts';

const Memory = z.object({
  version: z.literal(1),
  project: z.string(),
  packages: z.record(z.string(), z.string()),
});

export type Memory = Omit<z.output<typeof Memory>, 'version'>;

/** Undefined where nothing was, or what was cannot be read: then everything is transformed. */
export async function recall(bucket: Bucket, warehouse: string): Promise<Memory | undefined> {
  const object = await readText(bucket, keys.transform(warehouse));
  try {
    return object && Memory.parse(JSON.parse(object.text));
  } catch {
    return undefined;
  }
}

/** Of two that end at once the last one counts: at worst, something is transformed again. */
export async function remember(bucket: Bucket, warehouse: string, memory: Memory): Promise<void> {
  await writeJson(bucket, keys.transform(warehouse), { version: 1, ...memory });
}
