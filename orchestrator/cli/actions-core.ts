/** What of GitHub's package is used: the rest of it, an HTTP client for one, is not in the bundle. */
export { error, setOutput, setSecret, summary, warning } from '@actions/core';
