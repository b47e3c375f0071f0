type Schema = Readonly<Record<string, unknown>>;

interface Operation {
  readonly operationId?: string;
  readonly security?: readonly unknown[];
  readonly requestBody?: {
    required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Record<string, { headers?: Record<string, unknown>; $ref?: string }>;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Record<string, Schema> } & Schema;
}

const headers = {
  'X-Request-Id': 'The one that was brought, or ours.',
  'RateLimit-Policy': 'Requests in a window of seconds.',
  RateLimit: 'Requests left, and seconds until there are more.',
  Location: 'Where to look.',
  ETag: 'Changes with every change of what is shown.',
  Link: 'To the next page, if there is one.',
  Age: 'How many seconds old what is shown may be.',
  'Idempotency-Replayed': '`true`: the answer that the key got before.',
  'WWW-Authenticate': 'How to bring a token.',
  'Retry-After': 'Seconds.',
} as const;

type Header = keyof typeof headers;

const makesJob: readonly Header[] = ['Location', 'ETag'];
const startsRun: readonly Header[] = ['Location', 'Retry-After', 'Idempotency-Replayed'];

/** What comes with an answer of success, by operation; with the status where another answer of it has none. */
const ofSuccess: Readonly<Record<string, readonly Header[]>> = {
  listJobs: ['Age', 'Link'],
  getJob: ['ETag'],
  pauseJob: ['ETag'],
  resumeJob: ['ETag'],
  createCronJob: makesJob,
  createIntervalJob: makesJob,
  createOneTimeJob: makesJob,
  createPresetJob: makesJob,
  exportConfiguration: ['ETag'],
  importConfiguration: ['ETag'],
  runJob: startsRun,
  runPipeline: startsRun,
  retryRun: startsRun,
  ingest: startsRun,
  'backfillJob 202': ['Location', 'Idempotency-Replayed'],
  cancelRun: ['Location'],
  listRuns: ['Link'],
  listReports: ['Link'],
  listFiles: ['Link'],
  listQuarantine: ['Link'],
  listAudit: ['Link'],
};

/** Adds what the framework cannot say: the headers of answers, and which bodies may be left out. Takes out what nothing refers to. */
export function completeDocument(document: OpenApiDocument): OpenApiDocument {
  const problems = new Map<string, string>();
  for (const operations of Object.values(document.paths))
    for (const operation of Object.values(operations)) {
      completeOperation(operation);
      shareProblems(operation, problems);
    }
  const whole = JSON.stringify(document) + [...problems.keys()].join('');
  const schemas = Object.entries(document.components.schemas).filter(([name]) =>
    whole.includes(`"#/components/schemas/${name}"`),
  );
  const described = Object.entries(headers).map(
    ([name, description]) => [name, { description, schema: { type: 'string' } }] as const,
  );
  const components = {
    ...document.components,
    schemas: Object.fromEntries<Schema>(schemas),
    headers: Object.fromEntries<unknown>(described),
    responses: Object.fromEntries(
      [...problems].map(([response, name]) => [name, JSON.parse(response) as unknown]),
    ),
  };
  return { ...document, components };
}

function completeOperation({ operationId = '', security, requestBody, responses }: Operation): void {
  if (requestBody !== undefined && mayBeLeftOut(requestBody)) requestBody.required = false;
  for (const [status, response] of Object.entries(responses)) {
    const names: Header[] = ['X-Request-Id'];
    const isForAll = security !== undefined;
    if (!isForAll && status !== '400') names.push('RateLimit-Policy', 'RateLimit');
    if (Number(status) < 300)
      names.push(...(ofSuccess[operationId] ?? ofSuccess[`${operationId} ${status}`] ?? []));
    if (status === '401') names.push('WWW-Authenticate');
    if (status === '429' || (status === '503' && !isForAll)) names.push('Retry-After');
    response.headers = Object.fromEntries(
      names.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
    );
  }
}

/** Most routes have the same: each stands in the document once. */
function shareProblems({ responses }: Operation, problems: Map<string, string>): void {
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) < 400) continue;
    const text = JSON.stringify(response);
    const others = [...problems.values()].filter((name) => name.startsWith(`Problem${status}`));
    const name =
      problems.get(text) ?? `Problem${status}${others.length === 0 ? '' : `-${others.length + 1}`}`;
    problems.set(text, name);
    responses[status] = { $ref: `#/components/responses/${name}` };
  }
}

function mayBeLeftOut({ content }: NonNullable<Operation['requestBody']>): boolean {
  return Object.values(content).some(({ schema }) => {
    return (
      Array.isArray(schema['anyOf']) && (schema['anyOf'] as Schema[]).some(({ type }) => type === 'null')
    );
  });
}
