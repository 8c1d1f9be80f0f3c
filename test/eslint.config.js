import jsdoc from 'eslint-plugin-jsdoc'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

// The platform is touched in src/platform alone: that is what makes everything else testable and safe to import on a server.
const platformGlobals = [
  'window',
  'document',
  'navigator',
  'location',
  'localStorage',
  'sessionStorage',
  'indexedDB',
  'performance',
  'BroadcastChannel',
  'Date',
  'setTimeout',
  'setInterval',
  'clearTimeout',
  'clearInterval',
  'queueMicrotask',
  'reportError',
  'addEventListener',
]

export default tseslint.config(
  {
    ignores: [
      ...['dist', 'coverage', 'demo/.data', '**/*.mjs', '**/*.js'],
      // Their packages are not installed for `npm test`: test/recipes/types.test.ts compiles them.
      'test/recipes/*/**',
      // The packages that its rules ask for types are installed with each example alone. Each example's build checks its types.
      'docs/examples',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    basePath: import.meta.dirname + '/..',
    languageOptions: {
      parserOptions: {
        // The first that has a file is asked. That of the tests has nearly all, and each takes seconds to load.
        project: ['./tsconfig.json', '../demo/tsconfig.json', '../tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // `erasableSyntaxOnly` forbids enums.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // `return done()` is how a callback leaves early.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Closures have no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      eqeqeq: ['error', 'always'],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { jsdoc },
    rules: {
      'max-lines': ['error', 250],
      'max-lines-per-function': ['error', { max: 250, skipComments: true }],
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          require: { FunctionDeclaration: true },
          contexts: ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration'],
        },
      ],
      'no-restricted-globals': ['error', ...platformGlobals],
    },
  },
  // The rules of hooks, and those of the React compiler.
  { files: ['src/react/**/*.ts'], ...reactHooks.configs.flat['recommended-latest'] },
  {
    // An element is a piece of the page.
    files: [
      'src/platform/**/*.ts',
      'src/element/**/*.ts',
      'src/devtools/element/**/*.ts',
      'src/testing/mock/panel.ts',
    ],
    rules: { 'no-restricted-globals': 'off' },
  },
  { files: ['demo/**/*.ts'], rules: { 'no-console': 'off' } },
)
