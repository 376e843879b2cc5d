import { connector } from '@tidemill/kit';
import { contacts } from './streams.ts';

export default connector({
  service: 'acme_crm',
  title: 'Acme CRM: contacts of a sales team',
  homepage: 'https://acme-crm.example',
  credentials: [
    {
      name: 'ACME_CRM_TOKEN',
      description: 'API token with the right to read contacts.',
    },
  ],
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
