import type { Request } from 'express';
import { Invalid } from '../../http/errors.ts';
import type { Reply } from '../../http/route.ts';
import type { BundleOptions, FhirOptions } from '../interactions/context.ts';
import { batch } from './batch.ts';
import { allSound, bundleOfRequest } from './entries.ts';
import { transaction } from './transaction.ts';

/** `POST /fhir/R4`: a transaction or a batch. */
export function bundle(options: FhirOptions, bundles: BundleOptions, req: Request): Promise<Reply> {
  if (req.get('idempotency-key') !== undefined)
    throw new Invalid([
      { path: 'http.idempotency-key', message: 'not for a Bundle: its entries say ifNoneExist' },
    ]);
  const { type, entries } = bundleOfRequest(
    req,
    options.definitions.every(({ native, keepsDecimals = false }) => native !== undefined || keepsDecimals),
  );
  return type === 'batch'
    ? batch(options, req, entries)
    : transaction(options, bundles, { req, entries: allSound(entries) });
}
