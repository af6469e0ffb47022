import { Agent, createServer, request } from 'node:https';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createLocalJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { MongoClient } from 'mongodb';
import { toFhirAppointment } from '../../services/appointments/src/booking/appointment-resource.ts';
import type { AppointmentRecord } from '../../services/appointments/src/booking/records.ts';

/**
 * The simplest program that answers a read of an Appointment with the same bytes: a proxy with TLS that verifies the token, and behind it, with TLS both
 * ways, Express that verifies it again and finds the document in MongoDB. ROLE says which of both it is.
 */
const { ROLE = '', CERTIFICATE = '', KEY = '', CA = '', JWKS = '{}', TARGET = '' } = process.env;
const { MONGODB = '', MONGODB_CA = '' } = process.env;
const own = { cert: CERTIFICATE, key: KEY };
const keys = createLocalJWKSet(JSON.parse(JWKS) as JSONWebKeySet);
const KEPT_MS = 30_000;
const known = new Map<string, { readonly patient: string; readonly until: number }>();

/** The patient whose token it is, remembered for half a minute as our own services do. */
async function patientOf({ headers }: IncomingMessage): Promise<string> {
  const token = (headers.authorization ?? '').slice('Bearer '.length);
  const found = known.get(token);
  if (found && found.until > Date.now()) return found.patient;
  const { payload } = await jwtVerify(token, keys, { typ: 'at+jwt' });
  const patient = String(payload['fhirUser']).replace('Patient/', '');
  known.set(token, { patient, until: Date.now() + KEPT_MS });
  return patient;
}

async function service(): Promise<RequestListener> {
  const client = await MongoClient.connect(MONGODB, { ca: MONGODB_CA, readConcern: { level: 'majority' } });
  const appointments = client.db('appointments').collection<AppointmentRecord>('appointments');
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.get('/fhir/R4/Appointment/:id', async (req, res) => {
    const patient = await patientOf(req);
    const found = await appointments.findOne({ _id: req.params.id });
    if (found?.patientId !== patient) res.sendStatus(404);
    else res.type('application/fhir+json').send(JSON.stringify(toFhirAppointment(found)));
  });
  return app;
}

function proxy(): RequestListener {
  const agent = new Agent({ ...own, ca: CA, keepAlive: true });
  return (req, res) => {
    const pass = (): void => {
      const { host, ...headers } = req.headers;
      const forwarded = { ...headers, 'x-forwarded-host': host };
      const onward = request(
        new URL(req.url ?? '/', TARGET),
        { agent, method: req.method ?? 'GET', headers: forwarded },
        (answer) => {
          res.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(res);
        },
      );
      onward.on('error', () => res.writeHead(502).end());
      req.pipe(onward);
    };
    patientOf(req).then(pass, () => res.writeHead(401).end());
  };
}

const isService = ROLE === 'service';
const listener = isService ? await service() : proxy();
const server = createServer(
  { ...own, ca: CA, requestCert: isService, rejectUnauthorized: isService },
  listener,
);
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `https://127.0.0.1:${String(port)}` });
});
