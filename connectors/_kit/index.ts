export * from './contract.ts';
export * from './errors.ts';
export * from './json.ts';
export * from './rows.ts';
