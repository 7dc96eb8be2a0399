const jestJupyterLab = require('@jupyterlab/testutils/lib/jest-config');

// Packages that ship ES modules only and are imported at run time by the tests.
const esModules = [
  '@codemirror',
  '@jupyter/',
  '@jupyterlab/',
  '@microsoft/',
  'exenv-es6',
  'lib0',
  'marked',
  'nanoid',
  'y-protocols',
  'yjs'
].join('|');

module.exports = {
  ...jestJupyterLab(__dirname),
  reporters: ['default'],
  collectCoverageFrom: ['src/**/*.ts', '!src/protocol.ts'],
  testRegex: 'src/__tests__/.*.spec.ts$',
  transformIgnorePatterns: [`/node_modules/(?!${esModules}).+`]
};
