import type { Request } from 'express';
import { Invalid } from '../http/errors.ts';

/** Where the resources are, below the public address. */
export const FHIR_BASE = '/fhir/R4';

/** Names, IPv4 and bracketed IPv6 addresses, with a port. */
const HOST = /^[A-Za-z0-9._[\]:-]{1,255}$/;

/**
 * The public base such as `https://clinic.example/fhir/R4`: `X-Forwarded-Proto` and `X-Forwarded-Host` of the proxy that is trusted.
 * @throws Invalid for a host that is none
 */
export function baseUrlOf(req: Request): string {
  // Express answers these from the forwarded headers only when the sender is trusted
  const { protocol, host } = req;
  if (!HOST.test(host)) {
    throw new Invalid([{ path: 'http.host', message: 'a host is needed' }]);
  }
  return `${protocol}://${host}${FHIR_BASE}`;
}

/** The public address that was asked, with its query. @throws as `baseUrlOf` */
export function addressOf(req: Request): string {
  return `${baseUrlOf(req)}${req.originalUrl.slice(FHIR_BASE.length)}`;
}
