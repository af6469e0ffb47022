import { describeError, NotFound, Router } from '@careplane/kit';
import type { Logger, Response } from '@careplane/kit';
import { allowOnly } from '../entrance/allow-only.ts';
import { clientOf } from '../entrance/client.ts';
import { isWithin } from '../entrance/public-routes.ts';
import type { Route } from '../routes/table.ts';
import { capabilityStatement, mergeCapabilities } from './capabilities.ts';
import type { CapabilityStatement } from './capabilities.ts';
import type { DocumentReader } from './document-reader.ts';
import { remembered } from './remembered.ts';
import { securityTxt } from './security-txt.ts';

export interface DocumentOptions {
  readonly routes: () => readonly Route[];
  readonly read: DocumentReader;
  readonly logger: Logger;
  readonly refreshMs: number;
  readonly version: string;
  readonly publicUrl?: string | undefined;
  readonly securityContact?: string | undefined;
}

const FHIR = '/fhir/R4';
const FOR_A_MINUTE = 'public, max-age=60';

/** What everybody may read: what the services can do, together and one by one, and whom to tell about a weakness. */
export function documentRoutes(options: DocumentOptions): Router {
  const router = Router();
  const documents = createDocuments(options);
  router
    .route(`${FHIR}/metadata`)
    .get(async (req, res) => {
      const { protocol, host } = clientOf(req, options.publicUrl);
      const base = `${protocol}://${host ?? 'localhost'}${FHIR}`;
      send(
        res,
        mergeCapabilities(await documents.capabilities(), { base, version: options.version }),
        'application/fhir+json',
      );
    })
    .all(allowOnly('GET, HEAD'));
  router
    .route('/openapi/:name')
    .get(async (req, res) => {
      const service = /^([a-z0-9-]{1,63})\.json$/.exec(req.params.name)?.[1];
      send(res, await documents.openapi(service), 'application/json');
    })
    .all(allowOnly('GET, HEAD'));
  router
    .route('/.well-known/security.txt')
    .get((_req, res) => {
      const { securityContact: contact, publicUrl } = options;
      if (contact === undefined) throw new NotFound('There is no contact');
      res.set('cache-control', FOR_A_MINUTE).type('text/plain').send(securityTxt({ contact, publicUrl }));
    })
    .all(allowOnly('GET, HEAD'));
  return router;
}

function send(res: Response, body: unknown, type: string): void {
  res.set('cache-control', FOR_A_MINUTE).type(type).send(JSON.stringify(body));
}

interface Documents {
  capabilities(): Promise<{ statements: CapabilityStatement[]; missing: string[] }>;
  openapi(service: string | undefined): Promise<unknown>;
}

function createDocuments({ routes, read, logger, refreshMs }: DocumentOptions): Documents {
  const readers = new Map<string, () => Promise<unknown>>();
  const document = (route: Route, path: string): Promise<unknown> => {
    const key = `${route.url} ${path}`;
    const reader = readers.get(key) ?? remembered(refreshMs, () => read(route.service, route.url, path));
    readers.set(key, reader);
    return reader();
  };
  const statementOf = async (route: Route): Promise<CapabilityStatement | undefined> => {
    try {
      return capabilityStatement.parse(await document(route, `${FHIR}/metadata`));
    } catch (error) {
      logger.warn('metadata: not to be had', { service: route.service, ...describeError(error) });
      return undefined;
    }
  };
  return {
    async capabilities(): Promise<{ statements: CapabilityStatement[]; missing: string[] }> {
      const services = onePerService(routes().filter(({ path }) => isWithin(path, FHIR)));
      const answers = await Promise.all(services.map(statementOf));
      return {
        statements: answers.filter((answer) => answer !== undefined),
        missing: services.filter((_, i) => answers[i] === undefined).map(({ service }) => service),
      };
    },
    async openapi(service): Promise<unknown> {
      const route = routes().find((one) => one.service === service);
      if (!route) throw new NotFound('There is no such service');
      return document(route, '/openapi.json');
    },
  };
}

function onePerService(routes: readonly Route[]): Route[] {
  return [...new Map(routes.map((route) => [route.service, route])).values()];
}
