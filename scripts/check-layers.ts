import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { importsOf, layerFaults, type SourceFile } from './layer-faults.ts';
import { LAYERS, OWNED_LIBRARIES, ROOT_FILES, ROOT_FOLDER } from './layers.ts';
import { readText, report, repositoryFiles } from './repository.ts';

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** The same table as rules of dependency-cruiser, which resolves what check-layers only reads, and finds cycles. */
function rules(): IForbiddenRuleType[] {
  const layers = Object.entries(LAYERS).map(([layer, allowed]) => ({
    name: `${layer}-imports-down`,
    severity: 'error' as const,
    from: { path: `^src/${layer}/` },
    to: { path: '^src/', pathNot: `^src/(${[layer, ...allowed].join('|')})/` },
  }));
  const owned = Object.entries(OWNED_LIBRARIES).map(([library, owners]) => ({
    name: `${library}-belongs-to-${owners.join('-or-')}`,
    severity: 'error' as const,
    from: { path: '^src/[^/]+/', pathNot: `^src/(${[ROOT_FOLDER, ...owners].join('|')})/` },
    to: { path: `^(node_modules/)?${escape(library)}($|/)` },
  }));
  const roots = ROOT_FILES.map((file) => escape(file)).join('|');
  return [
    ...layers,
    ...owned,
    {
      name: 'nothing-imports-a-root-file',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/${ROOT_FOLDER}/` },
      to: { path: `^src/(${roots})$` },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^src/' },
      // That package has types only.
      to: { couldNotResolve: true, pathNot: '^@graphql-typed-document-node/core$' },
    },
  ];
}

async function cruiseFaults(): Promise<string[]> {
  const answer = await cruise(['src'], {
    ruleSet: { forbidden: rules() },
    validate: true,
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    moduleSystems: ['es6'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  });
  // Without an output type the answer is the result object; the type also covers reporters that give text.
  const { summary } = answer.output as ICruiseResult;
  return summary.violations.map((violation) => {
    const cycle = violation.cycle?.map((step) => step.name).join(' -> ');
    return `${violation.rule.name}: ${violation.from} -> ${cycle ?? violation.to}`;
  });
}

const paths = (await repositoryFiles()).filter((file) => /^src\/.*\.ts$/.test(file));
const files: SourceFile[] = await Promise.all(
  paths.map(async (file) => ({ path: file.slice('src/'.length), imports: importsOf(await readText(file)) })),
);
report(
  [...layerFaults(files), ...(await cruiseFaults())],
  `${files.length} files import only downwards, each library is in its folder, and there is no cycle.`,
);
