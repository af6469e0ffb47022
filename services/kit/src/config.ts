import { z } from 'zod';

/** A whole number of milliseconds from an environment variable. */
export const milliseconds = z.coerce.number().int().min(0);

/** A TCP port; 0 lets the system choose one (tests). */
export const port = z.coerce.number().int().min(0).max(65_535);

/** Who is let in at a port, and how (`tls/server-tls.ts`). */
export const encryption = z.enum(['Mutual', 'Public', 'Plaintext']);

/** What the operator gives every service by environment (docs/concepts/contracts.md). */
export const platformConfig = z.object({
  CAREPLANE_SERVICE: z.string().min(1),
  CAREPLANE_NAMESPACE: z.string().min(1).default('default'),
  CAREPLANE_VERSION: z.string().min(1).default('dev'),
  POD_NAME: z.string().min(1).default('local'),
  /** Absent for a worker without http. */
  PORT: port.optional(),
  ADMIN_PORT: port.default(9090),
  /** Of the http port. The operator always says it; a program that it did not start has no certificate. */
  CAREPLANE_TLS_HTTP: encryption.default('Plaintext'),
  SERVICE_BINDING_ROOT: z.string().min(1).default('/bindings'),
  /** How often the bindings' files are looked at; kubelet itself takes up to a minute to bring a change. */
  BINDING_POLL_MS: milliseconds.min(10).default(2_000),
  /** Time for endpoints to propagate between SIGTERM and the draining of HTTP. */
  SHUTDOWN_DELAY_MS: milliseconds.default(5_000),
  /** Everything after the delay must end within this; the rest of the 45 s grace period is reserve. */
  SHUTDOWN_DEADLINE_MS: milliseconds.default(35_000),
  REQUEST_TIMEOUT_MS: milliseconds.default(15_000),
  /** Within this a request must have arrived in full; then it is 408. */
  REQUEST_ARRIVAL_MS: milliseconds.min(1).default(10_000),
  /** Of a request that streams: how long a stretch is in which `STREAM_LEAST_BYTES` must flow. */
  STREAM_STRETCH_MS: milliseconds.min(10).default(30_000),
  /** A kilobyte a second: less than any telephone line gives. */
  STREAM_LEAST_BYTES: z.coerce.number().int().min(1).default(30_720),
  /** Of every body, whatever its content type, and of what it inflates to. */
  BODY_LIMIT_BYTES: z.coerce.number().int().min(1).default(102_400),
  /** Whether each access is recorded before it is answered, for the audit service; `Off` where there is none. */
  AUDIT_TRAIL: z.enum(['Required', 'Off']).default('Off'),
  LOG_LEVEL: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
});

export type PlatformConfig = z.infer<typeof platformConfig>;

/** What streams must keep up (`limitByFlow`). */
export function flowLimits({
  STREAM_STRETCH_MS: stretchMs,
  STREAM_LEAST_BYTES: leastBytes,
}: Pick<PlatformConfig, 'STREAM_STRETCH_MS' | 'STREAM_LEAST_BYTES'>): {
  stretchMs: number;
  leastBytes: number;
} {
  return { stretchMs, leastBytes };
}

/** The environment lacks a key or holds a wrong one; the message names keys and never values. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a program's configuration from the environment, once.
 * @throws ConfigError naming every wrong key.
 */
export function readConfig<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv): z.infer<S> {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.code}`);
  throw new ConfigError(`configuration: ${faults.join('; ')}`);
}

const SECRET_KEY = /secret|password|passwd|token|credential|private|_key$|apikey/i;

/** The configuration as it may be logged: secrets by their key's name, and credentials inside URLs, are masked. */
export function redactConfig(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, SECRET_KEY.test(key) ? '[redacted]' : maskUrl(value)]),
  );
}

function maskUrl(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\/\/[^/@\s]*@/, '//[redacted]@') : value;
}
