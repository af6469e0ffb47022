import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

const ids = new WeakMap<TLSSocket, { readonly id: string | undefined }>();

/** The SPIFFE ID of the certificate at the other end of a verified connection; undefined where it showed none. */
export function peerOf({ socket }: Pick<IncomingMessage, 'socket'>): string | undefined {
  return socket instanceof TLSSocket ? peerId(socket) : undefined;
}

/** As {@link peerOf}, of a socket; parsed once for each connection. */
export function peerId(socket: TLSSocket): string | undefined {
  const known = ids.get(socket);
  if (known !== undefined) return known.id;
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  const id = certificate === undefined ? undefined : spiffeIdIn(certificate);
  ids.set(socket, { id });
  return id;
}

/**
 * The one URI among the names of a certificate (SPIFFE X.509-SVID, section 2: more than one is not valid).
 * Node quotes names that contain a comma, so that none can look like two.
 */
export function spiffeIdIn({ subjectAltName = '' }: X509Certificate): string | undefined {
  const uris = subjectAltName.split(', ').filter((name) => name.startsWith('URI:'));
  const [uri] = uris;
  return uris.length === 1 && uri?.startsWith('URI:spiffe://') ? uri.slice('URI:'.length) : undefined;
}

/** The service that a SPIFFE ID names: `spiffe://<trust domain>/ns/<namespace>/sa/<service>`. */
export function serviceIn(id: string): string | undefined {
  return /^spiffe:\/\/[^/]+\/ns\/[^/]+\/sa\/([^/]+)$/.exec(id)?.[1];
}
