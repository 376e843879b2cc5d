import { connector, declaredIn } from '@tidemill/kit';
import { z } from 'zod';
import { classify } from './answers.ts';
import { completedTasks } from './completed.ts';
import { completions } from './completions.ts';
import manifest from './package.json' with { type: 'json' };
import { comments, labels, projects, sections, tasks } from './streams.ts';

const User = z.object({ full_name: z.string() });

export default connector({
  service: 'todoist',
  title: 'Todoist: tasks, projects and what was done',
  homepage: 'https://www.todoist.com',
  baseUrl: 'https://api.todoist.com/api/v1',
  credentials: declaredIn(manifest).credentials,
  authorize: ({ TODOIST_API_TOKEN: token }) => ({ authorization: `Bearer ${token}` }),
  async whoami(http) {
    return (await http.json('/user', User)).value.full_name;
  },
  classify,
  limits: [
    {
      // Of the 100 full syncs in the same time no run makes more than two.
      requests: 1000,
      perSeconds: 900,
      source: 'https://developer.todoist.com/api/v1/#tag/Request-limits',
    },
  ],
  streams: [tasks, projects, sections, labels, comments, completedTasks, completions],
});
