import { agentOf, Forbidden, purposeOf, requestSignal } from '@careplane/kit';
import type { AccessPort, AuditTrail, Request, Router, SealedParts } from '@careplane/kit';
import type { DocumentContent, Owner } from '../content/index.ts';
import { uploadRouter } from '../content/upload-router.ts';
import { documentReference } from '../kinds/document-reference.ts';
import { ownerOf } from './owner.ts';

/** Where uploads are; the kit streams what is below it. */
export const UPLOADS = '/uploads';

export interface UploadParts {
  readonly contents: DocumentContent;
  readonly mostBytes: number;
  readonly access: AccessPort;
  readonly audit: AuditTrail;
  readonly requirePatient: SealedParts['requirePatient'];
}

/**
 * Uploads for whoever may write a document about the patient; its create is what the audit has of them. A refusal is recorded here.
 */
export function documentUploads({ contents: content, mostBytes, ...parts }: UploadParts): Router {
  const callerOf = (req: Request): Owner => ownerOf(parts.access.subjectOf(req));
  return uploadRouter({
    ...{ content, path: UPLOADS, mostBytes, callerOf },
    requireMayAdd: (req, patient) => requireMayAdd(req, patient.slice('Patient/'.length), parts),
  });
}

async function requireMayAdd(
  req: Request,
  patient: string,
  { access, audit, requirePatient }: Omit<UploadParts, 'contents' | 'mostBytes'>,
): Promise<void> {
  const subject = access.subjectOf(req);
  const options = { purpose: purposeOf(req, subject), signal: requestSignal(req) };
  const target = { type: documentReference.type, resources: [{ patient: [patient] }] };
  const [decision] = await access.decide(subject, 'create', target, options);
  if (decision?.effect !== 'allow') {
    const reason = decision?.reason ?? 'no-relationship';
    const agent = agentOf(subject);
    const entities = [{ type: 'Binary' }];
    await audit.record([
      { action: 'create', outcome: 'denied', reason, agent, purpose: options.purpose, entities },
    ]);
    throw new Forbidden();
  }
  await requirePatient(patient, options.signal);
}
