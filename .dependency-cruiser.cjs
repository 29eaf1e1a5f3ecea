// Who may know whom. The direction is: core ← wire, storage ← process ← sim engine ← pool ← properties ← campaign ← cli.
// A rule here is an architectural decision; change it together with ARCHITECTURE.md.

const PURE = '^(src/(core|wire|storage|process)|sim/(kernel|world|faults|pool|scenario|search)|properties)/';

/** `from` may import nothing of the project but what matches `only`. */
function layer(name, comment, from, only) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from },
    to: { path: '^(src|sim|properties|test)/', pathNot: only },
  };
}

/** Only files that match `by` may import the package. */
function reserved(name, comment, dependency, by) {
  return {
    name,
    comment,
    severity: 'error',
    from: { pathNot: by },
    to: { path: `(^|/)node_modules/${dependency}/` },
  };
}

module.exports = {
  forbidden: [
    // ── the product ──
    layer('core-stands-alone', 'The protocol knows nothing but itself.', '^src/core/', '^src/core/'),
    layer('wire-over-core', 'Messages and bytes; no storage, no process.', '^src/wire/', '^src/(core|wire)/'),
    layer(
      'storage-over-wire',
      'Records and recovery; decides nothing about the protocol.',
      '^src/storage/',
      '^src/(core|wire|storage)/',
    ),
    layer(
      'process-over-storage',
      'Joins core, wire and storage by the output-commit rule.',
      '^src/process/',
      '^src/(core|wire|storage|process)/',
    ),
    layer(
      'node-over-storage',
      'What touches the operating system: sockets, folders, clocks.',
      '^src/node/',
      '^src/(core|wire|storage|node)/',
    ),
    layer(
      'daemon-over-node',
      'Wires a server to the machine; no decisions.',
      '^src/daemon/',
      '^src/(core|wire|storage|process|node|daemon)/',
    ),
    layer(
      'client-over-node',
      'The client library on real sockets.',
      '^src/client/',
      '^src/(core|wire|process|node|client)/',
    ),
    layer('src-without-sim', 'What is shipped does not know that it is simulated.', '^src/', '^src/'),
    {
      name: 'core-without-packages',
      comment: 'The core may hash; that is all it takes from others.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypesNot: ['local', 'type-only'], pathNot: '^src/|(^|/)node_modules/@noble/hashes/' },
    },
    {
      name: 'pure-without-node',
      comment: 'No clock, no chance, no files: whatever runs inside a simulation gets them from its outside.',
      severity: 'error',
      from: { path: [PURE, '^sim/(simulate|outcome)\\.ts$'] },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?util$' },
    },

    // ── the simulator ──
    layer(
      'kernel-knows-no-world',
      'Queue, chance, clock, digest and trace serve any machines.',
      '^sim/kernel/',
      '^(sim/kernel|src/core/(assert|time)\\.ts$)',
    ),
    layer(
      'world-runs-machines',
      'The engine runs machines and knows nothing of licenses, servers or clients.',
      '^sim/world/',
      '^(sim/(kernel|world)/|sim/scenario/scenario\\.ts$|src/core/(assert|time)\\.ts$|src/storage/disk-command\\.ts$)',
    ),
    layer(
      'faults-strike-the-world',
      'A fault knows the world that it strikes, never who lives in it.',
      '^sim/faults/',
      '^(sim/(kernel|world|faults)/|sim/scenario/scenario\\.ts$|src/core/(assert|time)\\.ts$)',
    ),
    layer(
      'scenarios-are-data',
      'A scenario can be drawn, saved and loaded without anything that runs it.',
      '^sim/scenario/',
      '^(sim/(kernel|faults|scenario)/|src/core/(nearest-name|settings|time)\\.ts$)',
    ),
    layer(
      'pool-is-a-tenant',
      'The one place that hands license servers and clients to the engine; it is judged by others.',
      '^sim/pool/',
      '^(sim/(kernel|world|scenario|pool)/|src/)',
    ),
    layer(
      'fleets-carry-batches',
      'A fleet carries batches of a campaign to other machines and their sums back; it knows what they are called, and nothing of runs.',
      '^sim/fleet/',
      '^sim/(fleet|campaign)/|^sim/scenario/(complaint|scenario)\\.ts$',
    ),
    {
      name: 'campaigns-see-outcomes',
      comment: 'A campaign sees scenarios and outcomes, never the world of a run or the code that it judges.',
      severity: 'error',
      from: { path: '^sim/campaign/' },
      to: {
        path: '^(sim/(world|pool)/|properties/|src/(core|wire|storage|process)/)',
        pathNot: '^src/core/assert\\.ts$',
      },
    },

    layer(
      'gates-weigh-tallies',
      'A gate has scenarios run and weighs what came of them; it knows no world, no judge, and prints nothing.',
      '^sim/gate/',
      '^sim/(gate|campaign|mutants)/|^sim/scenario/(complaint|drill|load|scenario)\\.ts$|^sim/signature\\.ts$',
    ),

    layer(
      'shrinking-is-a-search',
      'It runs scenarios and compares verdicts; what can be left out of one, the scenario says.',
      '^sim/shrink/',
      '^sim/(shrink/|scenario/|(outcome|own-thread|signature|simulate)\\.ts$|explain/|campaign/(judge|patched-modules)\\.ts$|mutants/patched-build\\.ts$)',
    ),

    layer(
      'a-search-knows-no-world',
      'It walks through anything that can be copied and told apart.',
      '^sim/search/',
      '^sim/search/',
    ),

    layer(
      'explorations-are-runs',
      'What is searched is a run: where it begins, what can happen, when two are the same.',
      '^sim/explore/',
      '^(sim/(explore|search|kernel|world|pool|scenario)/|sim/(outcome|signature|own-thread|simulate)\\.ts$|sim/mutants/patched-build\\.ts$|src/core/)',
    ),

    layer(
      'explanations-read-records',
      'All that is said of a run is said from what was recorded; only the recorder sees the world.',
      '^sim/explain/',
      '^(sim/(explain|scenario|faults)/|sim/(outcome|simulate)\\.ts$|sim/kernel/clone\\.ts$|sim/pool/(observer|server-view)\\.ts$|sim/world/(event-kind|fault-run|network|world)\\.ts$|src/core/)',
    ),

    layer(
      'replays-look-at-runs',
      'The screen shows what was recorded and what a world is at a moment; it decides nothing in it.',
      '^sim/tui/',
      '^(sim/(tui|explain|scenario|faults)/|sim/(outcome|simulate)\\.ts$|sim/kernel/clone\\.ts$|sim/pool/(client|server)-machine\\.ts$|sim/world/(host|world)\\.ts$|sim/campaign/(numbers|store)\\.ts$|sim/mutants/patched-build\\.ts$|properties/index\\.ts$|src/core/)',
    ),

    layer(
      'reports-read-what-is-left',
      'A page is made of recorded runs and of summaries; it runs nothing.',
      '^sim/report/',
      '^sim/(report/|explain/|scenario/|faults/index\\.ts$|signature\\.ts$)',
    ),
    layer(
      'exports-read-records',
      'Other programs’ formats are written from a recorded run.',
      '^sim/export/',
      '^sim/(export/|explain/|report/accounting\\.ts$)',
    ),
    layer(
      'the-page-stands-alone',
      'What runs in a browser knows the data that it is given, and nothing else of the project.',
      '^sim/report/page/',
      '^sim/report/page/',
    ),

    layer(
      'metal-is-the-engine-outside',
      'The engine of every run, whose servers are processes: it starts them and listens to them, and asks nothing of their insides.',
      '^sim/metal/',
      '^(sim/(metal|faults|kernel|world|pool|scenario)/|sim/(outcome|simulate)\\.ts$|sim/mutants/patched-build\\.ts$|properties/(checker|outside)\\.ts$|src/(core|wire|node|client)/)',
    ),

    // ── the judges ──
    layer(
      'properties-look-from-outside',
      'A property sees what the observer tells and the words of the protocol.',
      '^properties/',
      '^(properties/|sim/pool/(observer|server-view)\\.ts$|sim/(outcome|scenario/(scenario|settings))\\.ts$|src/core/)',
    ),
    {
      name: 'properties-judge-for-themselves',
      comment:
        'A property that asks the protocol’s own decisions agrees with its bugs. Types are no decisions.',
      severity: 'error',
      from: { path: '^properties/' },
      to: { path: '^src/core/(server|client)/', dependencyTypesNot: ['type-only'] },
    },

    // ── programs ──
    {
      name: 'nobody-imports-a-command',
      comment: 'Only commands print or exit, and only other commands and their tests may call them.',
      severity: 'error',
      from: { pathNot: '^((src|sim)/cli|test)/' },
      to: { path: '^(src|sim)/cli/' },
    },
    {
      name: 'nobody-imports-a-test',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },

    // ── packages ──
    reserved(
      'chance-is-in-the-kernel',
      'Everybody else draws from a named stream.',
      'seedrandom',
      '^sim/kernel/',
    ),
    reserved('prompts-are-in-commands', 'Options are read by commands.', 'commander', '^(src|sim)/cli/'),
    reserved(
      'drawing-is-in-scenarios',
      'Scenarios are drawn in one place; a run draws from the kernel.',
      'fast-check',
      '^(sim/(scenario|search|shrink)|test)/',
    ),
    reserved(
      'terminals-are-in-one-file',
      'A frame is lines; only one file shows them.',
      '(ink|react)',
      '^sim/tui/app\\.ts$',
    ),
    reserved(
      'certificates-are-made-in-one-place',
      'Reading them, Node does by itself.',
      '(pkijs|asn1js)',
      '^src/node/authority\\.ts$',
    ),
    reserved(
      'queues-are-reached-in-one-file',
      'Everybody else is handed a connection.',
      '(bullmq|ioredis)',
      '^(sim/fleet/redis|test/fleet/redis-server)\\.ts$',
    ),
    reserved('threads-are-in-campaigns', 'A run never leaves its thread.', 'tinypool', '^sim/campaign/'),
    {
      name: 'no-development-packages',
      comment:
        'What is shipped runs without what it was built with; but who patches sources has them, and the compiler, and who has a fleet the packages of its queue.',
      severity: 'error',
      from: { path: '^(src|sim|properties)/', pathNot: '^sim/(mutants/patched-build|fleet/redis)\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },

    // ── everywhere ──
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or need a third one.',
      severity: 'error',
      from: { pathNot: '(^|/)node_modules/' },
      to: { circular: true },
    },
    {
      name: 'nothing-unresolved',
      comment:
        'What is compiled need not be there when this is checked, this package by its name least of all; how ink names its entry is not understood here.',
      severity: 'error',
      from: { pathNot: '(^|/)node_modules/' },
      to: { couldNotResolve: true, pathNot: '/dist/|^(ink|regency)$' },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.d.ts', '.json'],
      conditionNames: ['node', 'import', 'types', 'default'],
    },
  },
};
