/** Names of the retry queues' delays and their milliseconds (docs/concepts/contracts.md). */
export const retryDelaysMs: Readonly<Record<string, number>> = { '1s': 1_000, '10s': 10_000, '60s': 60_000 };
