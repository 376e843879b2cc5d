/** `npm run test:promises` tries harder than `npm test`: more deaths, and readings of 100,000 records. */
export const isThorough = process.env['TIDEMILL_TEST_THOROUGH'] === 'true';
