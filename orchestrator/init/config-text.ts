/** The configuration of a new repository, as text. Pure. */
import { isPublic, type KnownConnector } from './catalog.ts';
import { bucketOf, type Choices, type Offer, warehouseOf } from './choices.ts';
import { filledIn } from './templates.ts';

/** `ingestion-config.yaml`. */
export function configText(template: string, choices: Choices, offer: Offer): string {
  const chosen = chosenIn(choices, offer);
  return filledIn(template, {
    environments: choices.environments.map((name) => environmentText(name, choices, offer)).join('\n'),
    services: chosen.map(serviceText).join('\n'),
    jobs: chosen.map(jobsText).join('\n'),
  });
}

/** `job-groups.yaml`. */
export function groupsText(template: string, choices: Choices, offer: Offer): string {
  const open = chosenIn(choices, offer).filter(isPublic);
  const selectors = ['example_heartbeats', ...open.map(({ service }) => `service:${service}`)];
  return filledIn(template, { starter: selectors.map((selector) => `      - ${selector}`).join('\n') });
}

const chosenIn = ({ services }: Choices, { connectors }: Offer): KnownConnector[] =>
  connectors.filter(({ service }) => services.includes(service));

const environmentText = (name: string, choices: Choices, offer: Offer): string =>
  `  ${name}:
    bucket: ${scalar(bucketOf(choices, name))}
    warehouse: ${scalar(warehouseOf(choices, name, offer))}`;

/** One whose refresh token may be replaced has jobs that must not run at once. */
const serviceText = ({ service, description, declaration: { rotation } }: KnownConnector): string =>
  `  # ${description}\n  ${service}:${rotation === 'never' ? '' : '\n    serial: true'}`;

const jobsText = ({ service, jobs }: KnownConnector): string =>
  Object.entries(jobs)
    .map(([type, { cron, description, options }]) => {
      const lines = [
        `service: ${service}`,
        `data_type: ${type}`,
        ...(description === undefined ? [] : [`description: ${scalar(description)}`]),
        `cron: ${scalar(cron)}`,
        ...(options === undefined ? [] : ['options:', ...Object.entries(options).map(optionLine)]),
      ];
      return `\n  ${service}_${type}:\n${lines.map((line) => `    ${line}\n`).join('')}`.trimEnd();
    })
    .join('\n');

/** JSON is YAML. */
const optionLine = ([name, value]: [string, unknown]): string => `  ${name}: ${JSON.stringify(value)}`;

/** A text that YAML might take for something else stands in quotes. */
const scalar = (text: string): string =>
  /^[A-Za-z.][\w.:/@-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$|:$/i.test(text)
    ? text
    : `'${text.replaceAll("'", "''")}'`;
