import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const pureGlobals = ['Date', 'Promise', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'process'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'reports/'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: ['error', 'always'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['src/base/**/*.ts', 'src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...pureGlobals.map((name) => ({ name, message: 'base/ and core/ are pure' }))],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'randomness is handed in' }],
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'base/ and core/ are pure' }] }],
      'no-restricted-syntax': [
        'error',
        { selector: ':function[async=true]', message: 'base/ and core/ are synchronous' },
        { selector: 'AwaitExpression', message: 'base/ and core/ are synchronous' },
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      parserOptions: { projectService: false, project: false, program: null },
      globals: { process: 'readonly', console: 'readonly' },
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Test doubles implement async interfaces without awaiting.
      '@typescript-eslint/require-await': 'off',
    },
  },
  prettier,
);
