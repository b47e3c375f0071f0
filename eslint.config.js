import { builtinModules } from 'node:module';

import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const nodeBuiltins = builtinModules.flatMap((name) => [name, `node:${name}`]);

// Every value a workflow computes must come out the same on replay, so nothing here may reach the outside.
const workflowImports = {
  paths: nodeBuiltins.map((name) => ({
    name,
    message: 'Workflows run in a sandbox without Node: do this in an activity.',
  })),
  patterns: [
    {
      group: ['**/activities/**'],
      allowTypeImports: true,
      message: 'Workflows see activities only as types: `import type` from activities/contract.ts.',
    },
    { regex: '/src/(?!domain/)', message: 'Of src, workflows may use only src/domain, which is pure.' },
    {
      regex: '^@temporalio/(?!workflow$|common$)',
      message: 'Only @temporalio/workflow and @temporalio/common may be bundled into a workflow.',
    },
  ],
};

const workflowGlobals = [
  ['process', 'Pass configuration in as workflow input.'],
  ['fetch', 'Call the network from an activity.'],
  ['console', 'Use `log` from @temporalio/workflow: it is silent on replay.'],
  ['crypto', 'Use `uuid4` from @temporalio/workflow.'],
  ['performance', 'Wall-clock readings differ on replay.'],
  ['setTimeout', 'Use `sleep`: it is cancelled with its scope.'],
  ['setInterval', 'Use `sleep` in a loop.'],
  ['setImmediate', 'Not deterministic.'],
  ['Intl', 'Zone data differ between versions of Node: do zone arithmetic in an activity.'],
  ['WeakRef', 'Garbage collection is not deterministic.'],
  ['FinalizationRegistry', 'Garbage collection is not deterministic.'],
].map(([name, message]) => ({ name, message }));

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'bin/', '**/*.js', '**/*.cjs']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false },
      ],
      '@typescript-eslint/strict-boolean-expressions': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'func-style': ['error', 'declaration', { allowArrowFunctions: true }],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'max-depth': ['error', 4],
      complexity: ['error', 15],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportAllDeclaration',
          message: 'Name what you export: a wildcard barrel hides where things live.',
        },
        { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
        {
          selector: 'ExportDefaultDeclaration',
          message: 'Use a named export, so a thing has one name everywhere.',
        },
      ],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'The environment is read once, in src/commands, and handed on.',
        },
        {
          object: 'process',
          property: 'exit',
          message: 'Set process.exitCode and let the event loop drain.',
        },
      ],
    },
  },
  { files: ['src/commands/**', 'bench/**', 'test/**'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['workflows/**/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', workflowImports] },
  },
  {
    files: ['src/domain/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!\\./)', message: 'src/domain imports nothing but itself.' }] },
      ],
    },
  },
  {
    files: ['workflows/**/*.ts', 'src/domain/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', ...workflowGlobals] },
  },
  {
    files: ['activities/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/workflows/**', '@temporalio/workflow', '@temporalio/worker', '@temporalio/client'],
              message: 'Activities know nothing of who calls them.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: [
      'src/worker.ts',
      'src/workflow-bundle.ts',
      'src/api/**',
      'src/commands/**',
      'src/domain/**',
      'src/runs/**',
      'src/schedules/**',
      'src/telemetry/**',
      'src/temporal/**',
      'src/watch/**',
    ],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              // Connection profiles are files, which are read with the other settings.
              group: ['**/activities/**', '**/workflows/**', '@temporalio/*', '!@temporalio/envconfig'],
              message: 'Adapters are plain TypeScript: Temporal stops at activities/.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': 'off',
      // A property test takes as many arguments as it makes up.
      'max-params': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A fake that answers at once is still an activity, which is asynchronous.
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['vitest.config.ts', '**/*.d.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['vitest.config.ts'], rules: { 'no-restricted-properties': 'off' } },
);
