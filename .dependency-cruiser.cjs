const adapters = '(settings|sharepoint|directory|ingest|database|reports|simulator|generation|local)';
const entries = '^src/(worker\\.ts$|commands/)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'If two files need each other they are one file, or a third is missing.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'Nothing imports it and it is not an entry: delete it.',
      from: { orphan: true, pathNot: `^test/|[.]d[.]ts$|${entries}` },
      to: {},
    },
    {
      name: 'workflows-reach-only-pure-code',
      severity: 'error',
      comment: 'Anything a workflow can reach, however far, is bundled and replayed.',
      from: { path: '^workflows/' },
      to: { reachable: true, path: '^(activities/(?!contract\\.ts$)|src/(?!domain/))' },
    },
    {
      name: 'workflows-take-only-types-from-activities',
      severity: 'error',
      comment: 'The contract is the one doorway, and only types pass through it.',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-use-no-node',
      severity: 'error',
      comment: 'The workflow sandbox has no Node: do it in an activity.',
      from: { path: '^(workflows|src/domain)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'workflows-use-only-the-workflow-sdk',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: 'node_modules/', pathNot: 'node_modules/@temporalio/(workflow|common)/' },
    },
    {
      name: 'domain-imports-nothing-outside',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'contract-imports-only-domain-types',
      severity: 'error',
      from: { path: '^activities/contract\\.ts$' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'adapters-do-not-know-each-other',
      severity: 'error',
      comment: 'SharePoint, Postgres and Excel meet in an activity, never in each other.',
      from: { path: `^src/${adapters}/` },
      to: { path: `^src/${adapters}/`, pathNot: '^src/$1/|^src/settings/(settings|secret)\\.ts$' },
    },
    {
      name: 'adapters-know-nothing-of-temporal',
      severity: 'error',
      comment: 'Settings may read connection profiles, which are files.',
      from: { path: `^src/${adapters}/` },
      to: { path: '^(activities|workflows)/|node_modules/@temporalio/(?!envconfig/)' },
    },
    {
      name: 'activities-do-not-know-their-caller',
      severity: 'error',
      from: { path: '^activities/' },
      to: { path: `^workflows/|^src/api/|${entries}|node_modules/@temporalio/(workflow|client|worker)/` },
    },
    {
      name: 'nothing-imports-an-entry',
      severity: 'error',
      from: { pathNot: '^(test|bench)/|^src/commands/' },
      to: { path: entries },
    },
    {
      name: 'nothing-imports-the-api',
      comment: 'It is one of the ways in, like a command: what both need lies below both.',
      severity: 'error',
      from: { pathNot: '^(test|bench)/|^src/(commands|api)/' },
      to: { path: '^src/api/' },
    },
    {
      name: 'workflows-run-only-in-the-sandbox',
      severity: 'error',
      comment: 'An entry names a workflow by string and `typeof`; running it outside the sandbox proves nothing.',
      from: { path: '^src/' },
      to: { path: '^workflows/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-junk-drawers',
      severity: 'error',
      comment: 'Name a file for the one thing in it.',
      from: {},
      to: {
        path: [
          '^src/.*/(util|utils|helper|helpers|common|misc|shared)[.]ts$',
          '^(src|workflows|activities)/(util|utils|helper|helpers|common|misc|shared)[./]',
        ],
      },
    },
    {
      name: 'production-does-not-import-tests',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-dev-dependencies-in-production',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
