import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): unknown => parse(readFileSync(join(ROOT, path), 'utf8'));

const chart = read('charts/careplane/Chart.yaml') as {
  version: string;
  appVersion: string;
  annotations: Record<string, string>;
};
const values = read('charts/careplane/values.yaml') as {
  image: { repository: string; tag: string };
  engines: Record<string, unknown>;
};

/** https://artifacthub.io/docs/topics/annotations/helm/ */
const ANNOTATIONS = z.strictObject({
  license: z.string().min(1),
  category: z.enum([
    'ai-machine-learning',
    'database',
    'integration-delivery',
    'monitoring-logging',
    'networking',
    'security',
    'storage',
    'streaming-messaging',
  ]),
  operator: z.enum(['true', 'false']),
  operatorCapabilities: z.enum([
    'Basic Install',
    'Seamless Upgrades',
    'Full Lifecycle',
    'Deep Insights',
    'Auto Pilot',
  ]),
  prerelease: z.enum(['true', 'false']),
  links: z.array(z.strictObject({ name: z.string(), url: z.url() })),
  changes: z.array(
    z.strictObject({
      kind: z.enum(['added', 'changed', 'deprecated', 'removed', 'fixed', 'security']),
      description: z.string().min(1),
    }),
  ),
  images: z.array(z.strictObject({ name: z.string(), image: z.string() })),
  crds: z.array(
    z.strictObject({
      kind: z.string(),
      version: z.string(),
      name: z.string(),
      displayName: z.string(),
      description: z.string(),
    }),
  ),
});

const LISTS = ['links', 'changes', 'images', 'crds'];
const told = ANNOTATIONS.parse(
  Object.fromEntries(
    Object.entries(chart.annotations)
      .filter(([name]) => name.startsWith('artifacthub.io/'))
      .map(([name, text]) => [name.slice('artifacthub.io/'.length), text] as const)
      .map(([name, text]) => [name, LISTS.includes(name) ? (parse(text) as unknown) : text]),
  ),
);

describe("the chart's annotations for Artifact Hub", () => {
  it('list the definitions that the chart installs', () => {
    const installed = readdirSync(join(ROOT, 'crds')).map((file) => {
      const { metadata, spec } = read(join('crds', file)) as {
        metadata: { name: string };
        spec: { names: { kind: string }; versions: { name: string }[] };
      };
      return { name: metadata.name, kind: spec.names.kind, version: spec.versions.at(-1)?.name };
    });
    const listed = told.crds.map(({ name, kind, version }) => ({ name, kind, version }));
    expect(new Set(listed)).toEqual(new Set(installed));
  });

  it('list the images that its values name', () => {
    const engines = Object.entries(values.engines).filter(
      ([name, image]) => typeof image === 'string' && !name.startsWith('pull'),
    );
    const operator = `${values.image.repository}:${values.image.tag || chart.appVersion}`;
    expect(told.images).toEqual(
      [['operator', operator], ...engines].map(([name, image]) => ({ name, image })),
    );
  });

  it('name the license of the repository', () => {
    expect(readFileSync(join(ROOT, 'LICENSE'), 'utf8')).toContain('Apache License');
    expect(told.license).toBe('Apache-2.0');
  });

  it('link to pages that exist', () => {
    const pages = told.links.flatMap(({ url }) => /\/blob\/main\/(.*)$/.exec(url)?.[1] ?? []);
    expect(pages.length).toBeGreaterThan(0);
    for (const page of pages) expect(readFileSync(join(ROOT, page), 'utf8')).not.toBe('');
  });
});
