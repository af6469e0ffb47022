/**
 * What needs no token: registering, logging in, and the keys that tokens are verified by. Everything else is refused at
 * the entrance, whatever a backend would say.
 */
export function isPublic(method: string, path: string): boolean {
  if (method === 'GET' || method === 'HEAD') return path === '/' || path.startsWith('/.well-known/');
  return method === 'POST' && (path === '/v1/patients' || path === '/v1/tokens');
}
