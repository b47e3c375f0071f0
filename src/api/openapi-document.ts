type Schema = Readonly<Record<string, unknown>>;

interface Operation {
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
  'WWW-Authenticate': 'How to bring a token.',
  'Retry-After': 'Seconds.',
} as const;

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

function completeOperation({ security, requestBody, responses }: Operation): void {
  if (requestBody !== undefined && mayBeLeftOut(requestBody)) requestBody.required = false;
  for (const [status, response] of Object.entries(responses)) {
    const names: (keyof typeof headers)[] = ['X-Request-Id'];
    if (security === undefined && status !== '400') names.push('RateLimit-Policy', 'RateLimit');
    if (['201', '202'].includes(status)) names.push('Location');
    if (status === '401') names.push('WWW-Authenticate');
    if (['429', '503'].includes(status)) names.push('Retry-After');
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
