import { milliseconds } from '@careplane/kit';
import { z } from 'zod';

const count = z.coerce.number().int().min(1);
/** Comma-separated names; none when empty. */
const names = z.string().transform((text) =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
);

/** The keys of `spec.config` that the gateway reads. */
export const gatewayConfig = z.object({
  /** Where clients reach it, such as `https://clinic.example`; absent: where each request says that it is. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** The hosts that a request may name, without ports; absent: any. */
  HOSTS: names.optional(),
  /** Proxies in front whose X-Forwarded-* are believed: 0 at a NodePort, 1 behind an ingress. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).default(0),
  /** `mailto:` or `https:` of whom to tell about a weakness (RFC 9116); absent: there is no security.txt. */
  SECURITY_CONTACT: z.url({ protocol: /^(?:mailto|https|tel)$/ }).optional(),
  /** How long the origins of registered apps and the documents of services are used before they are asked for again. */
  DOCUMENTS_REFRESH_MS: milliseconds.default(5_000),
  /** Requests of one user in a window. A script that opens a clinic's schedules is one user. */
  USER_LIMIT: count.default(6_000),
  /**
   * Requests without a valid token from one address in a window. Generous: behind a NodePort or a mobile network many
   * patients have one address; guessing passwords is limited by identity.
   */
  ADDRESS_LIMIT: count.default(6_000),
  LIMIT_WINDOW_S: count.default(60),
  /** Requests in flight at once; reads are shed at four fifths of it, writes at all of it. */
  MAX_IN_FLIGHT: count.default(600),
  /** Bodies that arrive at once, which are not in flight yet: beyond it the one that has been at it for longest is 408. */
  MAX_ARRIVING: count.default(600),
  /** Paths, with what is below them, whose bodies are documents: they stream both ways, for as long as bytes flow. */
  STREAMED_PATHS: names.default(['/fhir/R4/Binary', '/uploads', '/sealed-documents']),
  /** Of a body that streams. */
  STREAM_LIMIT_BYTES: count.default(104_857_600),
  /** Requests that stream at once, and those of one caller among them. */
  MAX_STREAMS: count.default(256),
  CALLER_STREAMS: count.default(16),
  /** Time for a backend's answer to begin. */
  BACKEND_TIMEOUT_MS: milliseconds.default(10_000),
  /** Connections to one backend. */
  BACKEND_CONNECTIONS: count.default(128),
  /** How long an open circuit stays open before one request tries again. */
  CIRCUIT_OPEN_MS: milliseconds.default(3_000),
  /** How long a routes file may be used before it is read again. */
  ROUTES_REFRESH_MS: milliseconds.default(5_000),
});

export type GatewayConfig = z.infer<typeof gatewayConfig>;
