import tseslint from 'typescript-eslint';

/** No rule of its own in the linter; a folder that restricts more repeats it. */
const realms = {
  selector: "BinaryExpression[operator='instanceof'][right.name='Error']",
  message:
    '`Error.isError`: where code runs in a node:vm context, errors of Node itself are of another realm.',
};

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
      'no-restricted-syntax': ['error', realms],
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
        realms,
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
