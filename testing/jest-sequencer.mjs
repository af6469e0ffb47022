import DefaultSequencer from '@jest/test-sequencer';

/**
 * End-to-end tests share one cluster, so what one leaves behind meets the next: they run in the order of their paths on every
 * machine. Jest's own order, the slowest known first, differs from one to another.
 */
export default class Sequencer extends DefaultSequencer {
  sort(tests) {
    const isEndToEnd = tests.every(({ path }) => path.endsWith('.e2e.ts'));
    return isEndToEnd ? [...tests].sort((a, b) => (a.path < b.path ? -1 : 1)) : super.sort(tests);
  }
}
