import prettier from 'eslint-config-prettier'
import importX from 'eslint-plugin-import-x'
import vue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'
import { ROOMS } from './scripts/rooms.mjs'

/** The design's import rule: a room may import itself, and the rooms and packages it names. */
const roomRules = ROOMS.map(({ room, forbidden, packages }) => ({
  files: [`${room}/**/*.{ts,vue}`, `${room}.ts`],
  plugins: { 'import-x': importX },
  settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.vue'] } } },
  rules: {
    'import-x/no-restricted-paths': [
      'error',
      {
        zones: forbidden.map((from) => ({
          target: `./${room}`,
          from: `./${from}`,
          message: `${room} may not import ${from} (scripts/rooms.mjs)`,
        })),
      },
    ],
    ...(packages
      ? {
          'no-restricted-imports': [
            'error',
            { patterns: packages.map((name) => ({ regex: `^${name}(/|$)` })) },
          ],
        }
      : {}),
  },
}))

export default tseslint.config(
  { ignores: ['out/**', 'node_modules/**', '.cache/**'] },
  ...tseslint.configs.recommended,
  ...vue.configs['flat/recommended'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: tseslint.parser } } },
  ...roomRules,
  {
    rules: {
      'vue/multi-word-component-names': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        fetch: 'readonly',
      },
    },
  },
  prettier,
)
