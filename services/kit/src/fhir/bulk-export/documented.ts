import { z } from 'zod';
import type { PlainRoute } from '../openapi/document.ts';
import { EXPORT_JOBS_PATH } from './paths.ts';

const kickOffQuery = z.object({
  _type: z
    .string()
    .optional()
    .describe('Resource types, separated by commas. Default: all that the scopes name.'),
  _since: z.iso.datetime({ offset: true }).optional().describe('What changed then or later.'),
  _outputFormat: z.string().optional().describe('application/fhir+ndjson, the default.'),
});

const manifest = z.object({
  transactionTime: z.iso.datetime(),
  request: z.url(),
  requiresAccessToken: z.boolean(),
  output: z.array(z.object({ type: z.string(), url: z.url() })),
  error: z.array(z.object({ type: z.string(), url: z.url() })),
});

const kickOff = (path: string): PlainRoute => ({
  method: 'get',
  path,
  summary: 'Begins an export (Prefer: respond-async). Content-Location says where it is asked after.',
  query: kickOffQuery,
  answers: { 202: undefined },
});

const JOB = `/fhir/R4/${EXPORT_JOBS_PATH}/{job}`;

/** The routes of exports, for the OpenAPI document of a service that has them. */
export const exportRoutes: readonly PlainRoute[] = [
  kickOff('/fhir/R4/$export'),
  kickOff('/fhir/R4/Patient/$export'),
  {
    method: 'get',
    path: JOB,
    summary: 'The manifest of an export; 202 with X-Progress while its files are counted out.',
    answers: { 200: manifest, 202: undefined },
  },
  { method: 'delete', path: JOB, summary: 'Cancels an export, or deletes it.', answers: { 202: undefined } },
  {
    method: 'get',
    path: `${JOB}/files/{number}`,
    summary: 'A file: what the app may have now, one resource a line.',
    answers: { 200: z.string() },
    mediaType: 'application/fhir+ndjson',
  },
];
