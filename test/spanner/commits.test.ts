import { commitsContract } from '../contracts/spanner-commits.ts';
import { newAddress, open } from './database.ts';

commitsContract({ newAddress, open });
