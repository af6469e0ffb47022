/**
 * How a failing check counts. `required`: not ready while it fails. `once`: must have passed once, later failures are
 * shown as degraded (a broker that is away: the outbox keeps what must be said). `awaited`: as `once`, but not for ever:
 * who depends on it answers for itself, so that services that start from nothing become ready in any order.
 * `optional`: shown only (a cache).
 */
export type CheckKind = 'required' | 'once' | 'awaited' | 'optional';

export interface Health {
  /** Adds a check; it fails by throwing or by taking longer than its timeout. Its error text is never shown. */
  register(name: string, kind: CheckKind, check: () => Promise<void> | void): void;
}

export interface HealthReport {
  readonly ready: boolean;
  readonly failing: string[];
  readonly degraded: string[];
}

export interface HealthOptions {
  /** A check that hangs is a check that fails; kubelet's own probe timeout is 1 to 5 s. Default 2,000. */
  readonly timeoutMs?: number;
  /** How long after its registration an `awaited` check holds readiness back. Default 20,000. */
  readonly awaitMs?: number;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

interface Check {
  readonly name: string;
  readonly kind: CheckKind;
  readonly run: () => Promise<void> | void;
  readonly since: number;
  passed: boolean;
}

type Verdict = 'ok' | 'degraded' | 'failing';

/** The readiness of a service: `starting` until `started()`, `stopping` for good after `stopping()`. */
export function createHealth(options: HealthOptions = {}): Health & {
  report(): Promise<HealthReport>;
  started(): void;
  stopping(): void;
} {
  const { timeoutMs = 2_000, awaitMs = 20_000, now = () => performance.now() } = options;
  const checks: Check[] = [];
  let phase: 'starting' | 'started' | 'stopping' = 'starting';
  const judge = async (check: Check): Promise<{ name: string; verdict: Verdict }> => {
    const passed = await passes(check, timeoutMs);
    check.passed ||= passed;
    if (passed) return { name: check.name, verdict: 'ok' };
    return {
      name: check.name,
      verdict: isTolerated(check, now() - check.since >= awaitMs) ? 'degraded' : 'failing',
    };
  };
  return {
    register: (name, kind, run) => void checks.push({ name, kind, run, since: now(), passed: false }),
    started(): void {
      if (phase === 'starting') phase = 'started';
    },
    stopping(): void {
      phase = 'stopping';
    },
    async report(): Promise<HealthReport> {
      const results = await Promise.all(checks.map(judge));
      const failing = results.filter((r) => r.verdict === 'failing').map((r) => r.name);
      if (phase !== 'started') failing.unshift(phase);
      const degraded = results.filter((r) => r.verdict === 'degraded').map((r) => r.name);
      return { ready: failing.length === 0, failing, degraded };
    },
  };
}

function isTolerated({ kind, passed }: Check, waitedOut: boolean): boolean {
  switch (kind) {
    case 'required':
      return false;
    case 'once':
      return passed;
    case 'awaited':
      return passed || waitedOut;
    case 'optional':
      return true;
  }
}

async function passes(check: Check, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  try {
    return await Promise.race([Promise.resolve(check.run()).then(() => true), late]);
  } catch {
    return false; // the verdict is the report; what failed logs its own reason where it failed
  } finally {
    clearTimeout(timer);
  }
}
