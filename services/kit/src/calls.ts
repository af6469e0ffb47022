/** Addresses of the services this one declares `calls` edges to. */
export interface Calls {
  /**
   * `CALLS_<SERVICE>_URL`, or `CALLS_<SERVICE>_<PORT>_URL` for a named extra port; without a trailing slash.
   * @throws Error when the edge is not declared.
   */
  url(service: string, port?: string): string;
  /** Whether the edge is declared. */
  has(service: string, port?: string): boolean;
}

/** Reads the `CALLS_*_URL` variables of an environment. */
export function callsFrom(env: NodeJS.ProcessEnv): Calls {
  return {
    url(service, port): string {
      const value = env[variable(service, port)];
      if (!value) throw new Error(`${variable(service, port)} is not set: declare the call to ${service}`);
      return value.replace(/\/$/, '');
    },
    has: (service, port) => Boolean(env[variable(service, port)]),
  };
}

function variable(service: string, port?: string): string {
  const name = port === undefined ? service : `${service}_${port}`;
  return `CALLS_${name.replaceAll('-', '_').toUpperCase()}_URL`;
}
