import { PURPOSES, ROLES } from '@careplane/access';
import type { PersonReference, Purpose, Subject, TokenMarks } from '@careplane/access';
import { jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { Unauthorized } from '../http/errors.ts';
import type { Caller } from './current-user.ts';

/** Who issues tokens, and by which keys they are verified. */
export interface Issuer {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
}

/** A verified token. */
export interface Verified {
  readonly caller: Caller;
  /** When the token ends, in seconds since 1970. */
  readonly expires: number;
}

const CLOCK_TOLERANCE_S = 5;
const ACCESS_TOKEN = 'at+jwt';

const id = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/);

/** RFC 9068, section 2.2, with SMART's `fhirUser` and `patient`, and the role. */
const accessClaims = z.object({
  sub: z.string().min(1),
  client_id: z.string().min(1),
  jti: z.string().min(1),
  iat: z.number(),
  auth_time: z.number().optional(),
  sid: z.string().min(1).optional(),
  grant: z.string().min(1).optional(),
  role: z.enum(ROLES),
  scope: z.string().default(''),
  fhirUser: z
    .string()
    .regex(/^(?:\S+\/)?(?:Patient|Practitioner)\/[A-Za-z0-9.-]{1,64}$/)
    .optional(),
  patient: id.optional(),
  /** Purposes of use that the app is registered for; one that is not known here is none. */
  purposes: z.string().optional(),
  cnf: z.object({ jkt: z.string().min(1) }).optional(),
});

/** The audience of the access tokens of an issuer: its FHIR endpoint. */
export function audienceOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/fhir/R4`;
}

/** Verifies an access token (RFC 9068, section 4). @throws what jose throws; Unauthorized for claims that are not as they must be */
export async function verifyAccessToken(token: string, { issuer, keys }: Issuer): Promise<Verified> {
  const { payload } = await jwtVerify(token, keys, {
    typ: ACCESS_TOKEN,
    issuer,
    audience: audienceOf(issuer),
    algorithms: ['ES256', 'EdDSA', 'Ed25519'],
    requiredClaims: ['exp', 'iat'],
    clockTolerance: CLOCK_TOLERANCE_S,
  });
  const claims = parse(accessClaims, payload);
  const person = personOf(claims, issuer);
  const subject: Subject = {
    id: claims.sub,
    role: claims.role,
    client: claims.client_id,
    scopes: claims.scope.split(' ').filter((scope) => scope !== ''),
    ...(person ? { person } : {}),
    ...(claims.purposes === undefined ? {} : { purposes: purposesIn(claims.purposes) }),
    ...(claims.patient === undefined ? {} : { patient: claims.patient }),
    token: marksOf(claims),
  };
  return {
    caller: {
      ...subject,
      sub: person?.id ?? claims.sub,
      jti: claims.jti,
      ...(claims.cnf ? { jkt: claims.cnf.jkt } : {}),
    },
    expires: payload.exp ?? 0,
  };
}

function marksOf({ jti, iat, auth_time: loggedInAt, sid, grant }: z.infer<typeof accessClaims>): TokenMarks {
  return {
    id: jti,
    since: loggedInAt ?? iat,
    ...(sid === undefined ? {} : { session: sid }),
    ...(grant === undefined ? {} : { grant }),
  };
}

function parse<S extends z.ZodType>(schema: S, payload: JWTPayload): z.infer<S> {
  const parsed = schema.safeParse(payload);
  if (!parsed.success) throw new Unauthorized();
  return parsed.data;
}

function purposesIn(text: string): Purpose[] {
  const words = text.split(' ');
  return PURPOSES.filter((purpose) => words.includes(purpose));
}

/** Whose role is a person's: a `Patient` is none but a patient. An absolute reference must be one of this server's. */
function personOf(
  { fhirUser, role }: z.infer<typeof accessClaims>,
  issuer: string,
): PersonReference | undefined {
  if (fhirUser === undefined) {
    if (role === 'patient' || role === 'practitioner') throw new Unauthorized();
    return undefined;
  }
  const [type, personId] = fhirUser.split('/').slice(-2) as [PersonReference['type'], string];
  const isLocal =
    fhirUser === `${type}/${personId}` || fhirUser === `${audienceOf(issuer)}/${type}/${personId}`;
  if (!isLocal || (type === 'Patient') !== (role === 'patient')) throw new Unauthorized();
  return { type, id: personId };
}
