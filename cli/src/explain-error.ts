import { ApiError, ApiUnreachable, describe, refusalText } from '@careplane/operator/runtime/errors';
import { Failure } from './failure.ts';

/** An error in one line that says what to do. */
export function explainError(error: unknown): string {
  if (error instanceof Failure) return error.message;
  if (error instanceof ApiUnreachable)
    return `the API server does not answer (${describe(error.cause)}): is the cluster up, and is it the right context? \`kubectl cluster-info\` asks the same`;
  if (error instanceof ApiError) return explainRefusal(error);
  return describe(error);
}

function explainRefusal(error: ApiError): string {
  if (error.status === 401)
    return 'the API server does not accept the credentials of this context: log in again, or choose another with --context';
  if (error.status === 403)
    return `not allowed: ${refusalText(error)}. Ask for the right to get and list it, or choose another namespace with -n`;
  if (error.status === 404 && error.path.startsWith('/apis/careplane.dev/'))
    return 'this cluster does not know the kinds of careplane.dev: install Careplane (`make deploy`), or choose another context with --context';
  return describe(error);
}
