import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'cluster/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', 300],
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  {
    files: ['operator/src/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: ":matches(ImportSpecifier, ImportDefaultSpecifier)[parent.source.value='zod']",
          message:
            "`import * as z`: the object `z` keeps zod's messages in fifty languages in memory, 6 MiB.",
        },
      ],
    },
  },
  {
    // Command-line programs talk to their user through the console.
    files: ['scripts/**', 'examples/demo/**', 'e2e/**', 'bench/**', 'charts/**'],
    rules: { 'no-console': 'off' },
  },
  { files: ['**/*.mjs', '**/*.js'], ...tseslint.configs.disableTypeChecked },
);
