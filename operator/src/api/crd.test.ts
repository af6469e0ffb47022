import { describe, expect, it } from '@jest/globals';
import { customResourceDefinition } from './crd.ts';
import { generatedFiles } from './generate.ts';
import { kinds } from './kinds.ts';
import { structuralSchema, type SchemaNode } from './structural.ts';

/** Every node below, with its path. */
function nodes(node: SchemaNode, path = ''): { path: string; node: SchemaNode }[] {
  const children = Object.entries(node.properties ?? {}).map(([name, child]) => ({
    name: `${path}.${name}`,
    child,
  }));
  if (node.items !== undefined) children.push({ name: `${path}[]`, child: node.items });
  if (node.additionalProperties !== undefined)
    children.push({ name: `${path}{}`, child: node.additionalProperties });
  return [{ path, node }, ...children.flatMap(({ name, child }) => nodes(child, name))];
}

describe.each(kinds.map((kind) => [kind.kind, kind] as const))('CRD of %s', (_, kind) => {
  const all = [
    ...nodes(structuralSchema(kind.spec), 'spec'),
    ...nodes(structuralSchema(kind.status), 'status'),
  ];

  it('is kept when the chart is removed, and is listed under careplane', () => {
    expect(customResourceDefinition(kind)).toMatchObject({
      metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } },
      spec: { scope: 'Namespaced', names: { shortNames: [kind.shortName], categories: ['careplane'] } },
    });
  });

  it('describes every field', () => {
    const silent = all.filter(({ path, node }) => !/[\]}]$/.test(path) && node.description === undefined);
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('bounds every text, list and map, so that the rules stay within the cost budget', () => {
    const isOpen = ({ node }: { node: SchemaNode }): boolean =>
      (node.type === 'string' &&
        node['maxLength'] === undefined &&
        node.enum === undefined &&
        !node['format']) ||
      (node.type === 'array' && node['maxItems'] === undefined) ||
      (node.additionalProperties !== undefined && node['maxProperties'] === undefined);
    expect(all.filter(isOpen).map(({ path }) => path)).toEqual([]);
  });

  it('shows Ready first and Age last', () => {
    expect(kind.columns.at(0)?.name).toBe('Ready');
    expect(kind.columns.at(-1)?.name).toBe('Age');
  });
});

describe('generated files', () => {
  it('are a CRD and a reference page for each kind, an index, and a page for conditions', () => {
    const paths = new Set(generatedFiles().keys());
    for (const { plural, singular } of kinds) {
      expect(paths).toContain(`crds/careplane.dev_${plural}.yaml`);
      expect(paths).toContain(`docs/reference/${singular}.md`);
    }
    expect(paths).toContain('docs/reference/README.md');
    expect(paths).toContain('docs/reference/conditions.md');
  });

  it('tell every field of the spec on the reference page', () => {
    const page = generatedFiles().get('docs/reference/healthcareservice.md') ?? '';
    for (const field of ['image', 'http.expose.nodePort', 'calls[].port', 'secrets[].generate[]', 'config'])
      expect(page).toContain(`| \`${field}\` |`);
  });
});
