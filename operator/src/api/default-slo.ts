/**
 * What alerts hold a service to that does not say it in `spec.slo`: percent of requests, and the time within which 95 % of them are
 * answered. Only alerts: nothing is rolled back for a promise that nobody made.
 */
export const DEFAULT_SLO = { availability: 99.9, latencyP95: '400ms' } as const;
