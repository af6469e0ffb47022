/**
 * How a failing check counts. `required`: not ready while it fails. `once`: must have passed once, later failures are
 * shown as degraded (a broker that is away: the outbox keeps what must be said). `optional`: shown only (a cache).
 */
export type CheckKind = 'required' | 'once' | 'optional';

export interface Health {
  /** Adds a check; it fails by throwing or by taking longer than its timeout. Its error text is never shown. */
  register(name: string, kind: CheckKind, check: () => Promise<void> | void): void;
}

export interface HealthReport {
  readonly ready: boolean;
  readonly failing: string[];
  readonly degraded: string[];
}

interface Check {
  readonly name: string;
  readonly kind: CheckKind;
  readonly run: () => Promise<void> | void;
  passed: boolean;
}

/** A check that hangs is a check that fails; kubelet's own probe timeout is 1 to 5 s. */
const CHECK_TIMEOUT_MS = 2_000;

/** The readiness of a service: `starting` until `started()`, `stopping` for good after `stopping()`. */
export function createHealth(timeoutMs: number = CHECK_TIMEOUT_MS): Health & {
  report(): Promise<HealthReport>;
  started(): void;
  stopping(): void;
} {
  const checks: Check[] = [];
  let phase: 'starting' | 'started' | 'stopping' = 'starting';
  return {
    register: (name, kind, run) => void checks.push({ name, kind, run, passed: false }),
    started(): void {
      if (phase === 'starting') phase = 'started';
    },
    stopping(): void {
      phase = 'stopping';
    },
    async report(): Promise<HealthReport> {
      const results = await Promise.all(checks.map((check) => judge(check, timeoutMs)));
      const failing = results.filter((r) => r.verdict === 'failing').map((r) => r.name);
      if (phase !== 'started') failing.unshift(phase);
      const degraded = results.filter((r) => r.verdict === 'degraded').map((r) => r.name);
      return { ready: failing.length === 0, failing, degraded };
    },
  };
}

async function judge(check: Check, timeoutMs: number): Promise<{ name: string; verdict: string }> {
  const passed = await passes(check, timeoutMs);
  check.passed ||= passed;
  if (passed) return { name: check.name, verdict: 'ok' };
  const tolerated = check.kind === 'optional' || (check.kind === 'once' && check.passed);
  return { name: check.name, verdict: tolerated ? 'degraded' : 'failing' };
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
