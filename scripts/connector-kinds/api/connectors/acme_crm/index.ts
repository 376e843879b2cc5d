import { connector, declaredIn } from '@tidemill/kit';
import manifest from './package.json' with { type: 'json' };
import { contacts } from './streams.ts';

export default connector({
  service: 'acme_crm',
  title: 'Acme CRM: contacts of a sales team',
  homepage: 'https://acme-crm.example',
  credentials: declaredIn(manifest).credentials,
  baseUrl: 'https://api.acme-crm.example/v1',
  limits: [
    {
      requests: 100,
      perSeconds: 60,
      source: 'https://acme-crm.example/docs/limits',
    },
  ],
  authorize: ({ ACME_CRM_TOKEN: token }) => ({ authorization: `Bearer ${token}` }),
  streams: [contacts],
});
