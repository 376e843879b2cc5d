import { warehouseContract } from '../contracts/warehouse.ts';
import { newDataset, newFolder, open } from './dataset.ts';

warehouseContract('bigquery://', async () => open(await newDataset(), await newFolder()));
