// Tests of the mini-program (tests/) and of its browser host (web/tests/).

module.exports = {
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
  ],
}
