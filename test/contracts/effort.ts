/** `npm run test:promises` tries every stream of every service, and `npm test` the largest of each with fewer records. */
export const isThorough = process.env['TIDEMILL_TEST_THOROUGH'] === 'true';
