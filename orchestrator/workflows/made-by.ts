/** By which version the workflows of a repository were written: they say so to what they start. */
export const MADE_BY = 'TIDEMILL_WORKFLOWS_MADE_BY';
