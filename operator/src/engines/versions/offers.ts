import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { versionOfImage } from './version.ts';

/** An image, and the version of the engine in it where that is known. */
export interface EngineImage {
  image: string;
  version?: string;
}

/** What the operator has for one engine. */
export interface Offer {
  /** For stores that name no version. */
  fallback: EngineImage;
  /** Images by their versions, the fallback's included. */
  versions: Readonly<Record<string, string>>;
}

export type StoreEngine = EncryptedStore['spec']['engine'];
/** Engines of which there are several versions. */
export type VersionedEngine = StoreEngine | 'rabbitmq';
export type Offers = Readonly<Record<VersionedEngine, Offer>>;

/** What an object asks for. */
export interface WantedVersion {
  engine: VersionedEngine;
  /** Absent: what the chart has. */
  version?: string | undefined;
}

/** The settings that say what there is. */
export interface OfferSettings {
  mongodbImage: string;
  mongodbVersions: Readonly<Record<string, string>>;
  redisImage: string;
  redisVersions: Readonly<Record<string, string>>;
  rabbitmqImage: string;
  rabbitmqVersions: Readonly<Record<string, string>>;
}

/** What the settings offer. */
export function offersOf(settings: OfferSettings): Offers {
  return {
    mongodb: offerOf(settings.mongodbImage, settings.mongodbVersions),
    redis: offerOf(settings.redisImage, settings.redisVersions),
    rabbitmq: offerOf(settings.rabbitmqImage, settings.rabbitmqVersions),
  };
}

function offerOf(image: string, versions: Readonly<Record<string, string>>): Offer {
  const version = versionOfImage(image);
  if (version === undefined) return { fallback: { image }, versions };
  return { fallback: { image, version }, versions: { [version]: image, ...versions } };
}

/** The image that an object asks for; `undefined` when its version is not offered. */
export function wantedImage({ engine, version }: WantedVersion, offers: Offers): EngineImage | undefined {
  const { fallback, versions } = offers[engine];
  if (version === undefined) return fallback;
  const image = Object.hasOwn(versions, version) ? versions[version] : undefined;
  return image === undefined ? undefined : { image, version };
}

/** What there is instead, for people. */
export function notOffered({ engine, version = '' }: WantedVersion, offers: Offers): string {
  const names = Object.keys(offers[engine].versions).sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const there = names.length === 0 ? 'no version by name' : names.join(', ');
  return `the operator has no ${engine} ${version}: it offers ${there} (chart value engines.versions.${engine})`;
}
