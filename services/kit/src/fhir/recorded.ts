import type { Action } from '@careplane/access';
import type { Request } from 'express';
import type { Reply } from '../http/route.ts';
import { beginRecord } from './access-record.ts';
import type { FhirOptions } from './interactions/context.ts';
import { idOf } from './interactions/context.ts';

/** What a request, or a part of one, asks for. */
export interface Asked {
  readonly action: Action;
  readonly type: string;
}

type RecordedBy = Pick<FhirOptions, 'audit' | 'definitions'>;

/** Does the work of a request and records it. An answer that is not recorded is not given, and a refusal neither. */
export async function recorded(
  req: Request,
  { asked: { action, type }, options }: { readonly asked: Asked; readonly options: RecordedBy },
  work: () => Promise<Reply>,
): Promise<Reply> {
  const { audit: trail, definitions } = options;
  const id = typeof req.params['id'] === 'string' ? idOf(req) : undefined;
  const record = beginRecord(req, { trail, definitions, asked: { action, type, id } });
  let reply: Reply;
  try {
    reply = await work();
  } catch (error) {
    await record.refused(error);
    throw error;
  }
  await record.granted(reply.body);
  return reply;
}
