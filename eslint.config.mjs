import tseslint from 'typescript-eslint';
import { layerRule } from './scripts/layers.mjs';

const bitlane = { rules: { layers: layerRule } };

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'examples/', 'artefacts/', 'test/tools/', '.sandbox/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { bitlane },
    rules: {
      'bitlane/layers': ['error', { root: import.meta.dirname }],
      // In Node-RED a rejected promise that nobody awaits ends the user's whole process.
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/require-await': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
