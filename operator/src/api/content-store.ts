import type { ValidationRule } from './kind.ts';

/**
 * Rules on the settings by which a service keeps contents in an object store (services/records/src/blobs/config.ts). Only a service that says
 * `BLOBS` is meant: others may have variables of the same names. The rules are on `spec.config`.
 */
export const contentStoreRules: readonly ValidationRule[] = [
  {
    rule: "!('BLOBS' in self) || self['BLOBS'] in ['GridFS', 'S3']",
    message: 'BLOBS is GridFS or S3',
    fieldPath: '.BLOBS',
  },
  neededWithS3('S3_ENDPOINT', 'where the object store is, as https://s3.example'),
  neededWithS3('S3_BUCKET', 'the bucket'),
  besideBlobs('S3_ENDPOINT', '^https://[^/@?#]+/?$', 'is an address with https, without a path'),
  besideBlobs(
    'S3_BUCKET',
    '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
    'is 3 to 63 lower-case letters, digits, dots and dashes',
  ),
  besideBlobs(
    'S3_PREFIX',
    '^([A-Za-z0-9._-]+/)*$',
    'ends with a slash: letters, digits, dots, dashes and underscores',
  ),
  besideBlobs('S3_ADDRESSING', '^(Path|VirtualHost)$', 'is Path or VirtualHost'),
];

/** On `spec`: the Secret with the keys of the object store is mounted. */
export const contentSecretRule: ValidationRule = {
  rule: "!has(self.config) || !('BLOBS' in self.config) || self.config['BLOBS'] != 'S3' || (has(self.secrets) && self.secrets.exists(s, s.name == ('S3_SECRET' in self.config ? self.config['S3_SECRET'] : 's3')))",
  message:
    'with BLOBS: S3 the Secret with the keys of the object store is one of these: s3, or what S3_SECRET names',
  fieldPath: '.secrets',
  reason: 'FieldValueRequired',
};

function neededWithS3(key: string, what: string): ValidationRule {
  return {
    rule: `!('BLOBS' in self) || self['BLOBS'] != 'S3' || '${key}' in self`,
    message: `BLOBS: S3 needs ${key}, ${what}`,
    fieldPath: `.${key}`,
    reason: 'FieldValueRequired',
  };
}

function besideBlobs(key: string, pattern: string, what: string): ValidationRule {
  return {
    rule: `!('BLOBS' in self) || !('${key}' in self) || self['${key}'].matches('${pattern}')`,
    message: `${key} ${what}`,
    fieldPath: `.${key}`,
  };
}
