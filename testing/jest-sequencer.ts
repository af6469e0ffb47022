import sequencer from '@jest/test-sequencer';

// Its types are those of CommonJS, where the class is a member of the module; imported it is the default export itself.
const DefaultSequencer = sequencer as unknown as typeof sequencer.default;
type Tests = Parameters<InstanceType<typeof DefaultSequencer>['sort']>[0];

/**
 * End-to-end tests share one cluster, so what one leaves behind meets the next: they run in the order of their paths on every
 * machine. Jest's own order, the slowest known first, differs from one to another.
 */
export default class Sequencer extends DefaultSequencer {
  override sort(tests: Tests): ReturnType<InstanceType<typeof DefaultSequencer>['sort']> {
    const isEndToEnd = tests.every(({ path }) => path.endsWith('.e2e.ts'));
    return isEndToEnd ? tests.toSorted((a, b) => (a.path < b.path ? -1 : 1)) : super.sort(tests);
  }
}
