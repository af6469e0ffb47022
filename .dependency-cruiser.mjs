/**
 * Who may import whom, types included; `depcruise` in scripts/lint.sh reads it. docs/concepts/architecture.md explains the layers.
 */

/** The operator from the bottom up, each layer with those above and beside it. `runtime` is beside them and knows no kind. */
const top = ['controllers', 'webhooks', 'conditions'];
const domain = ['engines', 'graph', 'names', 'pki'];
const above = {
  api: ['k8s', ...domain, ...top],
  runtime: ['api', 'k8s', ...domain, ...top],
  k8s: [...domain, ...top],
  engines: top,
  graph: top,
  names: top,
  pki: top,
  controllers: ['webhooks', 'conditions'],
  webhooks: ['controllers', 'conditions'],
};

/** Tests and fixtures put parts of all layers together; the generator of CRDs and references reads all. */
const tests = ['[.]test[.]ts$', '/fixtures/', '/test/'];
const everywhere = [...tests, '^operator/src/api/(generate|reference)[.]ts$'];

/** A service's files that speak HTTP. The gateway is not asked: to it, routes are what it decides by. */
const http = '[/-](router|problems|routes?)[.]ts$';

/** What people, containers and `make` start. */
const programs = [
  '^(operator|cli|services/[^/]+)/src/main[.]ts$',
  '/(generate|reference)[.]ts$',
  '^(bench|charts|e2e|examples|observability|scripts|testing)/',
];

const layers = Object.entries(above).map(([layer, others]) => ({
  name: `operator-${layer}`,
  comment: `operator/src/${layer} imports nothing of ${others.join(', ')}.`,
  severity: 'error',
  from: { path: `^operator/src/${layer}/`, pathNot: everywhere },
  to: { path: `^operator/src/(${others.join('|')})/` },
}));

/** The stash is for kinds with a second version, which come with v1beta1. */
const unreached = [...tests, ...programs, '^operator/src/webhooks/conversion/stash[.]ts$'];

export default {
  forbidden: [
    ...layers,
    {
      name: 'one-folder-a-controller',
      comment:
        'A controller imports no folder of another one: what both need is in engines, names, graph or k8s.',
      severity: 'error',
      from: { path: '^operator/src/controllers/([^/]+)/', pathNot: everywhere },
      to: { path: '^operator/src/controllers/[^/]+/', pathNot: '^operator/src/controllers/$1/' },
    },
    {
      name: 'domain-without-http',
      comment:
        'What a service decides and stores imports no router, route or problem: it holds for every way in.',
      severity: 'error',
      from: { path: '^services/(?!kit/|gateway/)([^/]+)/src/[^/]+/', pathNot: [...tests, http] },
      to: { path: `^services/$1/src.*${http}` },
    },
    {
      name: 'access-alone',
      comment:
        'Who may do what is decided by services/access from what it is told: it imports no service and no kit.',
      severity: 'error',
      from: { path: '^services/access/', pathNot: tests },
      to: {
        path: '^(bench|cli|clients|e2e|examples|observability|operator|scripts|services/(?!access/)|testing)/',
      },
    },
    {
      name: 'clients-for-browsers',
      comment:
        'A client library runs in browsers: only its files for Node (x-node.ts) import modules of Node.',
      severity: 'error',
      from: { path: '^clients/', pathNot: [...tests, '-node[.]ts$'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycle',
      comment: 'Files that import each other in a circle cannot be read one after the other.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-dead-file',
      comment: 'No program reaches it: delete it, or move what only tests need to fixtures/.',
      severity: 'error',
      from: { path: programs },
      to: { path: '^(operator|cli|services/[^/]+)/src/', pathNot: unreached, reachable: false },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)(dist|node_modules)/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import'] },
  },
};
