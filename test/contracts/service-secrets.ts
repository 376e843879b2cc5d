/** Looks for secrets in everything that runs leave behind. Knows nothing of how the product takes them out. */
import { errorArtifact } from '../../orchestrator/report/error-artifact.ts';
import { legSummary, runSummary } from '../../orchestrator/report/summary.ts';
import { resultText } from '../../orchestrator/report/terminal.ts';
import { TRIAL_KEY, type Trial } from './connector-trial.ts';

/** What was found in one stream's runs. */
export class Leaks {
  /** `where: which encoding`, never the secret. */
  readonly found: string[] = [];
  texts = 0;

  /** Bronze, manifests, state, quarantine, results, summaries, error artifacts. */
  async scan(trial: Trial, secrets: readonly string[]): Promise<void> {
    const forms = [...new Set([...secrets, TRIAL_KEY])].flatMap(formsOf);
    for (const [where, text] of await remainsOf(trial)) {
      this.texts += 1;
      const found = forms.filter(({ form }) => text.includes(form) || where.includes(form));
      this.found.push(...found.map(({ encoding }) => `${where}: a secret, ${encoding}`));
    }
  }
}

async function remainsOf(trial: Trial): Promise<readonly (readonly [where: string, text: string])[]> {
  const { results, job } = trial;
  const state = await trial.state();
  const versions = { tidemill: '0.0.0', node: '24.0.0' };
  // What a leg knows of secrets: the credentials, not what they were exchanged for.
  const known = Object.values(trial.credentials);
  return [
    ...(await trial.objects()),
    ['the results', JSON.stringify(results)],
    ['the summary of the leg', legSummary(results)],
    ['the summary of the run', runSummary(results, undefined)],
    ['the terminal', resultText(results)],
    ...results.map((result) => ['an error artifact', errorArtifact({ result, job, state, versions }, known)] as const),
  ];
}

interface Form {
  readonly encoding: string;
  readonly form: string;
}

/** In base64 a secret inside a longer text falls in one of three ways; only what does not depend on its neighbours counts. */
function formsOf(secret: string): Form[] {
  const inside = [0, 1, 2].map((offset) => {
    const text = Buffer.from(`${'.'.repeat(offset)}${secret}`)
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(offset === 0 ? 0 : offset + 1, -2);
  });
  return [
    { encoding: 'plain', form: secret },
    { encoding: 'URL-encoded', form: encodeURIComponent(secret) },
    { encoding: 'as a form', form: new URLSearchParams({ s: secret }).toString().slice(2) },
    { encoding: 'JSON-escaped', form: JSON.stringify(secret).slice(1, -1) },
    ...inside.flatMap((form) => [
      { encoding: 'base64', form },
      { encoding: 'base64url', form: form.replaceAll('+', '-').replaceAll('/', '_') },
    ]),
  ].filter(({ form }) => form.length >= 6);
}
