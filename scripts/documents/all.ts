import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandDocuments } from './commands.ts';
import { configurationDocuments } from './configuration.ts';
import { connectorDocuments } from './connectors.ts';
import { dbtDocuments } from './dbt.ts';
import { kindDbtDocuments } from './dbt-kinds.ts';
import type { GeneratedDocument } from './document.ts';
import { driverDocuments } from './drivers.ts';
import { errorDocuments } from './errors.ts';
import { eventDocuments } from './events.ts';
import { openApiDocuments } from './openapi.ts';
import { valueDocuments } from './values.ts';
import { workflowDocuments } from './workflow.ts';

/** Every generated file as it should be. */
export async function documentsOf(root: string): Promise<GeneratedDocument[]> {
  return [
    ...configurationDocuments(),
    ...(await commandDocuments(root)),
    ...valueDocuments(),
    ...(await eventDocuments(root)),
    ...(await errorDocuments(root)),
    ...openApiDocuments(),
    ...(await connectorDocuments(root)),
    ...(await driverDocuments(root)),
    ...(await dbtDocuments(root)),
    ...(await kindDbtDocuments(root)),
    ...(await workflowDocuments(root)),
  ];
}

/** The documents that are missing under the root or differ from what they should be. */
export async function staleIn(root: string, documents: readonly GeneratedDocument[]): Promise<GeneratedDocument[]> {
  const texts = await Promise.all(
    documents.map(({ path }) => readFile(join(root, path), 'utf8').catch(() => undefined)),
  );
  return documents.filter(({ text }, index) => text !== texts[index]);
}
