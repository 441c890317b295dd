// Tests of the mini-program (tests/), and of its browser host and its source as a whole (web/tests/).

module.exports = {
  // The first page that a file of tests opens is compiled with all its components.
  testTimeout: 30000,
  maxWorkers: 1, // ./test has types checked beside it
  projects: [
    {
      displayName: 'miniprogram',
      rootDir: __dirname,
      testEnvironment: 'jsdom',
      testMatch: ['<rootDir>/tests/**/*.test.js'],
      transform: { '\\.js$': '<rootDir>/tests/support/transform.js' },
      transformIgnorePatterns: ['/node_modules/'],
      moduleDirectories: ['node_modules', '<rootDir>/miniprogram/miniprogram_npm'],
      setupFiles: ['<rootDir>/tests/support/setup.js'],
    },
    {
      displayName: 'web',
      rootDir: __dirname,
      testEnvironment: 'node',
      testMatch: ['<rootDir>/web/tests/**/*.test.js'],
      transform: { '\\.m?js$': '<rootDir>/web/tests/support/transform.cjs' },
      transformIgnorePatterns: ['/node_modules/'],
      moduleFileExtensions: ['js', 'mjs', 'cjs', 'json'],
    },
  ],
}
