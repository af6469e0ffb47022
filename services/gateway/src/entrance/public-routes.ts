/** Read by whoever wants to know how to log in; any method, since pages and protocol endpoints authenticate by themselves. */
const OPEN = ['/oauth2', '/login', '/account'];
/** Takes an access token as the API does: one that is bound to a key needs its proof, which is checked here. */
const USERINFO = '/oauth2/userinfo';
const DISCOVERY = ['/.well-known', '/openapi', '/fhir/R4/.well-known'];
/** Checkpoints, tiles, entry bundles and public keys of the audit log, for witnesses and auditors who have no account: hashes and random ids. */
const AUDIT_LOG = '/audit-log';

/**
 * What needs no token: logging in, registering, what an app must know before, and the hashes by which the audit is verified. Everything
 * else is refused at the entrance, whatever a backend would say.
 */
export function isPublic(method: string, path: string): boolean {
  if (path === USERINFO) return false;
  if (OPEN.some((prefix) => isWithin(path, prefix))) return true;
  return (method === 'GET' || method === 'HEAD') && (path === '/' || isDiscovery(path));
}

/** Whether a document is the same for everybody: pages of any origin may read it. */
export function isDiscovery(path: string): boolean {
  return (
    path === '/fhir/R4/metadata' ||
    path === `${AUDIT_LOG}/checkpoint` ||
    path === `${AUDIT_LOG}/vkeys` ||
    path.startsWith(`${AUDIT_LOG}/tile/`) ||
    DISCOVERY.some((prefix) => path.startsWith(`${prefix}/`))
  );
}

/** Whether a path is a prefix or below it, on whole segments. */
export function isWithin(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}
