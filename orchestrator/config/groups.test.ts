import { describe, expect, it } from 'vitest';
import { hintsOf, load, told } from '../../test/fixtures/config.ts';

const JOBS = `services: { sales: {}, web: {}, idle: {} }
jobs:
  web_pages: { service: web, data_type: pages }
  sales_orders: { service: sales, data_type: orders, enabled: false }
  sales_items: { service: sales, data_type: items }
`;

const groups = (text: string) => load(JOBS, `job_groups:\n${text}`).groups;

describe('selectors', () => {
  it.each([
    ['[sales_items, web_pages]', ['web_pages', 'sales_items']],
    ['[sales_*]', ['sales_orders', 'sales_items']],
    ['["*"]', ['web_pages', 'sales_orders', 'sales_items']],
    ['["*_?????"]', ['web_pages', 'sales_items']],
    ['[service:sales, sales_items, "*_items"]', ['sales_orders', 'sales_items']],
  ])('%s', (selectors, ids) => expect(groups(`  some: ${selectors}\n`).get('some')?.jobs).toEqual(ids));

  it('may come with a description', () => {
    expect(groups('  some:\n    description: The web\n    jobs: [service:web]\n').get('some')).toEqual({
      name: 'some',
      description: 'The web',
      jobs: ['web_pages'],
    });
  });

  it.each([
    ['[sales_order]', 'there is no job "sales_order"', 'Did you mean "sales_orders"?'],
    ['[SALES_ORDERS]', 'there is no job "SALES_ORDERS"', 'Did you mean "sales_orders"?'],
    ['["sale_order*"]', 'no job matches "sale_order*"', 'Did you mean "sales_orders"?'],
    ['[service:sale]', 'no job has the service "sale"', 'Did you mean "sales"?'],
    ['[service:idle]', 'no job has the service "idle"', 'There are: web, sales.'],
    ['[nothing_like_it]', 'there is no job "nothing_like_it"', 'There are: web_pages, sales_orders, sales_items.'],
  ])('that find nothing are faults: %s', (selectors, message, hint) => {
    const text = `job_groups:\n  some: ${selectors}\n`;
    expect(told(JOBS, text)).toEqual([`job-groups.yaml:2:10 job_groups.some: ${message}`]);
    expect(hintsOf(JOBS, text)).toEqual([hint]);
  });

  it('are checked at their own place in a list and in a described group', () => {
    const text = 'job_groups:\n  a:\n    - web_pages\n    - nope\n  b:\n    jobs:\n      - nope\n';
    expect(told(JOBS, text)).toEqual([
      'job-groups.yaml:4:7 job_groups.a: there is no job "nope"',
      'job-groups.yaml:7:9 job_groups.b: there is no job "nope"',
    ]);
  });

  it('are at most a thousand patterns, which each look at every job', () => {
    const patterns = Array.from({ length: 1002 }, () => '"*"').join(', ');
    const text = `job_groups:\n  some: [${patterns}, web_pages]\n`;
    const message = 'job_groups.some: expected at most 1000 patterns in all groups together';
    expect(told(JOBS, text)).toEqual([`job-groups.yaml:2:5010 ${message}`, `job-groups.yaml:2:5015 ${message}`]);
  });
});

describe('groups', () => {
  it.each([
    ['  some: []\n', '2:9 job_groups.some: expected at least 1 entry'],
    ['  some: web_pages\n', '2:9 job_groups.some: expected a list or a mapping, got a text'],
    ['  some: { job: [web_pages] }\n', '2:3 job_groups.some: "jobs" is missing: expected a list'],
    ['  so me: [web_pages]\n', /^2:3 job_groups: "so me": expected a name/],
    ['  some: ["a b"]\n', '2:10 job_groups.some[0]: expected the id of a job, a pattern with * or ?, or service:NAME'],
  ])('%j', (text, expected) => {
    const [first] = told(JOBS, `job_groups:\n${text}`);
    expect(first?.replace('job-groups.yaml:', '')).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
  });

  it('are left out as a whole when a selector is no selector: the places of the others would shift', () => {
    expect(told(JOBS, 'job_groups: { a: ["a b", nope, nope], b: [nope] }\n')).toEqual([
      expect.stringMatching(/^job-groups\.yaml:1:19 job_groups\.a\[0\]: expected the id/),
      'job-groups.yaml:1:43 job_groups.b: there is no job "nope"',
    ]);
  });

  it('are not blamed for jobs that cannot be read', () => {
    expect(told('jobs: 3\n', 'job_groups: { a: [nope] }\n')).toEqual([
      '1:7 jobs: expected a mapping or a list, got a number',
    ]);
  });

  it('come from both files, but each from one', () => {
    const main = `${JOBS}job_groups: { a: [web_pages], b: [web_pages] }\n`;
    expect(told(main, 'job_groups:\n  b: [web_pages]\n')).toEqual([
      'job-groups.yaml:2:3 job_groups: the group "b" is already in ingestion-config.yaml:6:31',
    ]);
    expect([...load(main, 'job_groups:\n  c: [web_pages]\n').groups.keys()]).toEqual(['a', 'b', 'c']);
  });

  it('stand under their key, in either file', () => {
    expect(told(JOBS, 'groups:\n  a: [web_pages]\n')).toEqual(['job-groups.yaml:1:1 unknown key "groups"']);
    expect(hintsOf(JOBS, 'groups:\n')).toEqual(['Did you mean "job_groups"?']);
  });
});
