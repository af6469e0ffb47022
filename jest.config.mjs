// Three projects, chosen by file name: x.test.ts (unit), x.int.test.ts (real engines), e2e/*.e2e.ts (embedded cluster).
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }] },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

// e2e/embedded looks into this machine: its processes, the audit log, the encrypted volume. On kind there is no such access.
const isEmbedded = (process.env.CAREPLANE_CLUSTER ?? 'embedded') === 'embedded';
const endToEnd = ['<rootDir>/e2e/*.e2e.ts', ...(isEmbedded ? ['<rootDir>/e2e/embedded/*.e2e.ts'] : [])];

export default {
  // Not jest's 5 s: an operator that starts anew beside a busy neighbour takes longer. What is waited for has deadlines of its own.
  testTimeout: 30_000,
  testSequencer: '<rootDir>/testing/jest-sequencer.ts',
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.int\\.test\\.ts$'],
    },
    { ...common, displayName: 'integration', testMatch: ['<rootDir>/**/*.int.test.ts'] },
    { ...common, displayName: 'e2e', testMatch: endToEnd },
  ],
};
