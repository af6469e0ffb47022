/** The last minor version of 3, and what it can be upgraded to. */
const LAST_OF_3 = '3.13';
const AFTER_3 = ['4.0', '4.1', '4.2'];

type Version = readonly [major: number, minor: number];

/** `4.0` of `4.0.5`; `undefined` of what is no version. */
export function minorVersion(text: string): string | undefined {
  return /^\d+\.\d+(?=\.|$|-|\+)/.exec(text)?.[0];
}

/**
 * Why a broker cannot be upgraded in place from one minor version to another; `undefined` when it can. Pure.
 * https://www.rabbitmq.com/docs/upgrade#rabbitmq-version-upgradability
 * @param flags stable feature flags that are not enabled yet: the next version does not start without them
 */
export function upgradeProblem(
  running: string,
  wanted: string,
  flags: readonly string[],
): { reason: 'Downgrade' | 'StepTooLarge' | 'FlagsPending'; message: string } | undefined {
  if (running === wanted) return undefined;
  if (compare(parse(wanted), parse(running)) < 0)
    return {
      reason: 'Downgrade',
      message: `it runs ${running}, and data of it cannot be read by ${wanted}: put the version back, or make a new broker`,
    };
  const next = nextOf(running);
  if (!next.includes(wanted))
    return {
      reason: 'StepTooLarge',
      message: `from ${running} the way to ${wanted} is by way of ${next.join(' or ')}`,
    };
  if (flags.length > 0)
    return {
      reason: 'FlagsPending',
      message: `these feature flags have to be enabled before: ${flags.join(', ')}`,
    };
  return undefined;
}

function nextOf(running: string): string[] {
  const [major, minor] = parse(running);
  return running === LAST_OF_3 ? AFTER_3 : [`${major}.${minor + 1}`];
}

function parse(version: string): Version {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
}

function compare([a, aMinor]: Version, [b, bMinor]: Version): number {
  return a - b || aMinor - bMinor;
}
