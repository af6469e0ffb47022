import type { Request } from 'express';
import type { Reply } from '../../http/route.ts';
import type { ResourceDefinition } from '../definition.ts';
import type { FhirOptions } from './context.ts';
import { history } from './history.ts';
import { read, vread } from './read.ts';
import { search } from './search.ts';
import { create, remove, update } from './write.ts';

export type Handle = (options: FhirOptions, definition: ResourceDefinition, req: Request) => Promise<Reply>;

/** The interactions with resources, by their action. */
export const INTERACTIONS: Readonly<Record<string, Handle>> = {
  read,
  vread,
  history,
  search,
  create,
  update,
  delete: remove,
};
