import { Agent } from 'undici';
import type { KeyPair } from './cluster-pki.ts';

export interface KubeAnswer {
  status: number;
  /** Parsed JSON. */
  body: unknown;
  /** What kubectl would print as warnings. */
  warnings: string[];
}

export interface KubeRequests {
  /** One request as the cluster's administrator. Refusals are answers, not errors. */
  request(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options?: BodyOptions,
  ): Promise<KubeAnswer>;
  /** As {@link request}, but a refusal throws with the server's message. */
  demand(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    options?: BodyOptions,
  ): Promise<unknown>;
  /** Server-side apply as the field manager `test`. */
  apply(path: string, object: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export interface BodyOptions {
  body?: unknown;
  contentType?: string;
  /** Another form of the answer, as `application/json;as=Table;v=v1;g=meta.k8s.io`. */
  accept?: string;
}

/** Plain requests to a test's API server. */
export function kubeRequests(url: string, ca: string, { certificate, key }: KeyPair): KubeRequests {
  const agent = new Agent({ connect: { ca, cert: certificate, key }, allowH2: false });
  const requests: KubeRequests = {
    request: async (method, path, { body, contentType = 'application/json', accept } = {}) => {
      const answer = await agent.request({
        origin: url,
        path,
        method,
        headers: {
          'user-agent': 'careplane-test',
          'content-type': contentType,
          ...(accept === undefined ? {} : { accept }),
        },
        headersTimeout: 30_000,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      const content: unknown = text.startsWith('{') ? JSON.parse(text) : text;
      return { status: answer.statusCode, body: content, warnings: warningsOf(answer.headers['warning']) };
    },
    demand: async (method, path, options) => {
      const { status, body } = await requests.request(method, path, options);
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
      return body;
    },
    apply: (path, object) =>
      requests.demand('PATCH', `${path}?fieldManager=test&force=true`, {
        body: object,
        contentType: 'application/apply-patch+yaml',
      }),
    close: () => agent.destroy(),
  };
  return requests;
}

/** The texts of `Warning: 299 - "text"` headers (RFC 9111, 5.5). */
function warningsOf(header: string | string[] | undefined): string[] {
  const headers = typeof header === 'string' ? [header] : (header ?? []);
  const texts = headers.flatMap((line) => [...line.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)]);
  return texts.map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'));
}
