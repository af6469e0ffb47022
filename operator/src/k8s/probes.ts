type Probe = Record<string, unknown>;

interface ProbeChoices {
  /** Name of the port that takes connections as soon as the engine is up. */
  port: string;
  /** How long a start may take. */
  startSeconds: number;
  /** Asks the engine whether it can serve; absent: a port that takes connections is enough. */
  ready?: readonly string[];
}

/** Probes of an engine: its port tells that it is up, its own answer that it may get clients. */
export function engineProbes({ port, startSeconds, ready }: ProbeChoices): Record<string, Probe> {
  const tcpSocket = { port };
  const readiness = ready === undefined ? { tcpSocket } : { exec: { command: [...ready] } };
  return {
    startupProbe: { tcpSocket, periodSeconds: 2, failureThreshold: Math.ceil(startSeconds / 2) },
    readinessProbe: { ...readiness, periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 3 },
    // Restarting a busy database makes it worse: only after a minute without any answer.
    livenessProbe: { tcpSocket, periodSeconds: 20, failureThreshold: 3, timeoutSeconds: 10 },
  };
}
