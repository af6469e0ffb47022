/** The SLO that alerts assume without `spec.slo`: percent of requests, and their latency. It never rolls anything back. */
export const DEFAULT_SLO = { availability: 99.9, latencyP95: '400ms' } as const;
