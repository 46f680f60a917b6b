import { builtinRules } from 'eslint/use-at-your-own-risk';
import tseslint from 'typescript-eslint';
import { layerRule } from './scripts/layers.mjs';

const bitlane = { rules: { layers: layerRule } };
const root = import.meta.dirname;

/** ESLint's own recommended rules, as the rules say of themselves. TypeScript's compiler sees to most of them in .ts files. */
const recommended = Object.fromEntries(
  [...builtinRules].filter(([, { meta }]) => meta.docs?.recommended).map(([name]) => [name, 'error']),
);
const readonly = (...names) => Object.fromEntries(names.map((name) => [name, 'readonly']));
const ofNode = readonly('process', 'console', 'URL', 'fetch', 'setTimeout', 'clearTimeout', 'AbortSignal');
const ofPage = readonly(
  ...['window', 'document', 'location', 'history', 'navigator', 'fetch', 'prompt', 'setTimeout'],
  ...['URLSearchParams'],
);
/** The pages of the sandbox load one script after the other, and each sees what those before it have named. */
const ofShow = readonly(
  ...[
    'texts',
    'asked',
    'language',
    'say',
    'make',
    'shownText',
    'byId',
    'timeOf',
    'showEditor',
    'ask',
    'order',
  ],
  ...['keepLooking', 'tell', 'show', 'lookAtRequests'],
);
const ofEditor = readonly('window', 'document', 'setTimeout', 'clearTimeout', '$', 'RED');

// In Node-RED a rejected promise that nobody awaits ends the user's whole process.
const promises = {
  '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }],
  '@typescript-eslint/no-misused-promises': 'error',
};
/** One set for all files: the service that finds the types is made once, with what the first file says. */
const typed = {
  parserOptions: {
    tsconfigRootDir: root,
    // What no tsconfig includes and no test imports; without types no floating promise is found.
    projectService: {
      allowDefaultProject: [
        '*.mjs',
        ...['build', 'layers', 'start', 'test'].map((name) => `scripts/${name}.mjs`),
      ],
    },
  },
};

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'examples/', 'artefacts/', 'test/tools/', '.sandbox/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: typed,
    plugins: { bitlane },
    rules: {
      ...promises,
      'bitlane/layers': ['error', { root }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/require-await': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  // Tests look at a method without calling it.
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/unbound-method': 'off' } },
  { files: ['**/*.mjs', '**/*.cjs'], languageOptions: { globals: ofNode }, rules: recommended },
  {
    files: ['*.mjs', 'scripts/*.{mjs,cjs}'],
    extends: [tseslint.configs.base],
    languageOptions: typed,
    rules: promises,
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: readonly('__dirname') },
  },
  {
    files: ['resources/**/*.js'],
    languageOptions: { sourceType: 'script', ecmaVersion: 2017, globals: ofEditor },
    rules: recommended,
  },
  {
    files: ['sandbox/web/pages/*.js'],
    languageOptions: { sourceType: 'script', ecmaVersion: 2022, globals: { ...ofPage, ...ofShow } },
    rules: {
      ...recommended,
      'no-redeclare': ['error', { builtinGlobals: false }],
      'no-unused-vars': ['error', { vars: 'local' }],
    },
  },
);
