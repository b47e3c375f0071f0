import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

import packageJson from '../../package.json' with { type: 'json' };
import type { Api } from './api.ts';
import { completeDocument, type OpenApiDocument } from './openapi-document.ts';

const tags = [
  ['jobs', 'What is done on schedule: each job is one Temporal Schedule.'],
  ['runs', 'What a job, or somebody, has started.'],
  ['files', 'The ledger: what has become of every version of a file.'],
  ['quarantine', 'Files that were refused whole.'],
  ['reports', 'Workbooks.'],
  ['access', 'Tokens, and who did what.'],
  ['health', 'Whether everything works, for people, for load balancers and for Prometheus.'],
] as const;

/** Of the pages of /docs: everything comes from here. */
const pagePolicy = {
  'default-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'style-src': ["'self'", "'unsafe-inline'"],
  'frame-ancestors': ["'none'"],
};

/** The bar on top is for choosing another API, and names the library. */
const pageStyle = '.swagger-ui .topbar { display: none }';

/** OpenAPI 3.1 at /openapi.json, and pages to try it out at /docs. */
export async function addDocumentation(app: Api): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'charlie-reporting',
        version: packageJson.version,
        description:
          'CSV files from SharePoint into Postgres and Excel: jobs, runs, files, quarantine, reports.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags: tags.map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'chr_<id>_<secret>' } },
      },
      security: [{ token: [] }],
    },
    transform: ({ route, ...document }) => {
      const { schema, url } = jsonSchemaTransform({ route, ...document });
      const { access } = route.config ?? {};
      if (access === 'public') return { schema: { ...schema, security: [] }, url };
      const { description = '' } = schema as { description?: string };
      return {
        schema: { ...schema, description: `${description}\n\nNeeds the role ${access ?? ''}.`.trim() },
        url,
      };
    },
    transformObject: (document) =>
      completeDocument(jsonSchemaTransformObject(document) as OpenApiDocument) as never,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    theme: { title: 'charlie-reporting API', css: [{ filename: 'page.css', content: pageStyle }] },
  });
  app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, () => app.swagger());
}
