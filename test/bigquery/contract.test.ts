import { warehouseContract } from '../contracts/warehouse.ts';
import { newDataset, newFolder, open } from './dataset.ts';

/** The emulator is slow: a check of many packages takes it minutes. */
const LIMIT_MILLISECONDS = 1_200_000;

warehouseContract('bigquery://', async () => open(await newDataset(), await newFolder()), LIMIT_MILLISECONDS);
