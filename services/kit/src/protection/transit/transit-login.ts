import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** A token of the server, and how long it is good, in milliseconds; absent for one that somebody else renews. */
export interface TransitToken {
  readonly token: string;
  readonly lifetimeMs?: number;
}

/** Sends a request without a token. @returns the answer's JSON */
export type Post = (path: string, body: object) => Promise<unknown>;

/** How a service shows who it is. */
export interface TransitLogin {
  /** A token, read or asked for anew. */
  token(post: Post): Promise<TransitToken>;
}

/** A token from a file that somebody else writes and renews, such as the agent of OpenBao or Vault. It is read at each log-in. */
export function tokenFile(path: string): TransitLogin {
  return {
    async token() {
      const token = (await readFile(path, 'utf8')).trim();
      if (token === '') throw new TypeError('the file of the transit token is empty');
      return { token };
    },
  };
}

export interface KubernetesLoginOptions {
  readonly role: string;
  /** The mount of the method; `kubernetes` when absent. */
  readonly mount?: string;
  /** The pod's ServiceAccount token; kubelet renews it. */
  readonly tokenPath?: string;
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

const loginAnswer = z.object({
  auth: z.object({ client_token: z.string().min(1), lease_duration: z.number().min(0) }),
});

/** A token for the pod's ServiceAccount. */
export function kubernetesLogin(options: KubernetesLoginOptions): TransitLogin {
  const { role, mount = 'kubernetes', tokenPath = SERVICE_ACCOUNT_TOKEN } = options;
  return {
    async token(post) {
      const jwt = (await readFile(tokenPath, 'utf8')).trim();
      const { auth } = loginAnswer.parse(await post(`auth/${mount}/login`, { role, jwt }));
      const lifetimeMs = auth.lease_duration * 1_000;
      return { token: auth.client_token, ...(lifetimeMs > 0 ? { lifetimeMs } : {}) };
    },
  };
}
