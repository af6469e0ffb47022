type Probe = Record<string, unknown>;

/** Probes of an engine that is up when its port takes connections. `startSeconds`: how long a start may take. */
export function portProbes(port: string, startSeconds: number): Record<string, Probe> {
  const tcpSocket = { port };
  return {
    startupProbe: { tcpSocket, periodSeconds: 2, failureThreshold: Math.ceil(startSeconds / 2) },
    readinessProbe: { tcpSocket, periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 3 },
    // Restarting a busy database makes it worse: only after a minute without any answer.
    livenessProbe: { tcpSocket, periodSeconds: 20, failureThreshold: 3, timeoutSeconds: 10 },
  };
}
