/** What a configuration says of files: where they lie, and how they are written. */
import type { Authorize } from '@tidemill/kit';
import { z } from 'zod';

const Variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'expected the name of a variable' });

const Auth = z
  .strictObject({
    token: Variable.optional(),
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/)
      .optional(),
    username: Variable.optional(),
    password: Variable.optional(),
  })
  .superRefine(({ token, header, username, password }, context) => {
    const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if ((token === undefined) === (username === undefined)) say('token', 'expected either token, or username');
    if (header !== undefined && token === undefined) say('header', 'expected token beside it');
    if (password !== undefined && username === undefined) say('password', 'expected username beside it');
  });

export const ServiceOptions = z.strictObject({
  url: z
    .string()
    .min(1)
    .refine((url) => !/^https?:/.test(url) || URL.canParse(url), { error: 'expected an address' })
    .refine((url) => !/^https?:\/\/[^/?#]*@/.test(url), {
      error: 'expected no password in it: name the variables that hold it under auth',
    })
    .refine((url) => !/^s?ftps?:/.test(url), {
      error: 'expected https://, a bucket or a folder: for FTP and SFTP, a job with a command fetches the files',
    })
    .describe(
      'Where the files lie: `https://…/`, a bucket as environments have them, or a folder, which starts from that of the configuration.',
    ),
  auth: Auth.optional().describe(
    'Names of variables, for `https://`: `token`, sent as `Authorization: Bearer …` or alone in the header that `header` names; or `username` and `password`.',
  ),
});
export type ServiceOptions = z.output<typeof ServiceOptions>;

/** Whether they come by HTTP. */
export const isWeb = ({ url }: Pick<ServiceOptions, 'url'>): boolean => /^https?:\/\//.test(url);

/** The headers that prove who asks. */
export const authorizeBy =
  ({ auth }: ServiceOptions): Authorize =>
  (credentials) => {
    const secretOf = (name: string | undefined): string => (name === undefined ? '' : (credentials[name] ?? ''));
    if (auth?.token !== undefined) {
      return auth.header === undefined
        ? { authorization: `Bearer ${secretOf(auth.token)}` }
        : { [auth.header]: secretOf(auth.token) };
    }
    if (auth?.username === undefined) return {};
    const pair = Buffer.from(`${secretOf(auth.username)}:${secretOf(auth.password)}`).toString('base64');
    return { authorization: `Basic ${pair}` };
  };

const formats = ['csv', 'json', 'ndjson', 'xml'] as const;
export type Format = (typeof formats)[number];

const Names = z.array(z.string().min(1)).min(1).max(2000);
const isEncoding = (label: string): boolean => {
  try {
    return new TextDecoder(label).encoding.length > 0;
  } catch {
    return false;
  }
};

export const JobOptions = z.strictObject({
  files: z
    .union([
      z
        .string()
        .min(1)
        .transform((name) => [name]),
      Names,
    ])
    .describe(
      'The names of the files below `url`, one or a list; by HTTP also with a query, or whole addresses. In a bucket or a folder also patterns: `*` and `?` within a name, `**` across folders.',
    ),
  format: z
    .enum(formats)
    .optional()
    .describe(
      '`csv`, `json`, `ndjson` or `xml`. Default: by the name of the file, then by the type that its server says.',
    ),
  members: z.string().min(1).default('**').describe('Of a zip archive: a pattern for the files in it that are read.'),
  encoding: z
    .string()
    .refine(isEncoding, { error: 'expected the name of an encoding, such as windows-1252' })
    .optional()
    .describe(
      'How the text is written: `utf-8`, `utf-16le`, `windows-1252`, `iso-8859-2`, …. A byte order mark at its beginning comes first, and in XML what it declares. Default: `utf-8`.',
    ),
  delimiter: z
    .string()
    .min(1)
    .max(10)
    .optional()
    .describe(
      'CSV: what stands between two cells. Default: whichever of `,` `;` tab and `|` the first lines have in common.',
    ),
  quote: z.string().max(1).default('"').describe("CSV: what stands around a cell that has such signs; `''` for none."),
  header: z
    .union([z.boolean(), z.array(z.string().min(1)).min(1).max(10_000)])
    .default(true)
    .describe(
      'CSV: `true`, the first row has the names of the columns; `false`, they are called `column_1`, `column_2`, …; or their names, of a file without such a row.',
    ),
  repeated_header: z
    .enum(['reject', 'skip'])
    .default('reject')
    .describe('CSV: what becomes of a row that has the names again, as in files that were put together.'),
  skip_rows: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe('CSV: how many lines stand before the header or the first row.'),
  null_values: z.array(z.string()).max(100).default(['']).describe('CSV: texts that mean that there is no value.'),
  records: z
    .string()
    .min(1)
    .optional()
    .describe(
      'JSON and XML: where the records are, as names with a point between two of them: `data.items`, `catalog.book`. Default: the elements of the array that the JSON file is, or the file itself; in XML the elements in the outermost one.',
    ),
});
export type JobOptions = z.output<typeof JobOptions>;

/** Whether a name is a pattern. */
export const isPattern = (name: string): boolean => /[*?]/.test(name);

/** What a pattern stands for. */
export function patternOf(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*\/|\*\*|\*|\?)/).map((part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 's');
}
