import { systemClock, type Clock } from '@careplane/operator/runtime/clock';

/**
 * The machine's time. The operator's timers do not keep a program alive; a command that waits before it asks once more must
 * not end meanwhile, so these do.
 */
export const clock: Clock = {
  ...systemClock,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};
