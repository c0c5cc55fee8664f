import { z } from 'zod';

/** Licences that may be shipped with ours (Apache-2.0): they ask for a notice, and for nothing else. */
const ALLOWED = new Set([
  ...['0BSD', 'AFL-2.1', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT'],
  ...['Python-2.0', 'Unlicense', 'Zlib'],
]);

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      link: z.boolean().optional(),
    }),
  ),
});

/** An expression of SPDX without nesting: of several by `OR` one will do, of several by `AND` all must. */
function isAllowed(licence: string): boolean {
  const bare = licence.replaceAll(/[()]/g, '').trim();
  if (bare.includes(' OR ')) return bare.split(' OR ').some(isAllowed);
  return bare.split(' AND ').every((one) => ALLOWED.has(one.trim()));
}

/** Packages that users get whose licence is not on the list, or that name none. */
export function licenceFaults(lockFile: string): { readonly faults: readonly string[]; readonly count: number } {
  const { packages } = Lock.parse(JSON.parse(lockFile));
  const shipped = Object.entries(packages).filter(([place, { dev, link }]) => place !== '' && !dev && !link);
  const faults = shipped
    .filter(([, { license }]) => license === undefined || !isAllowed(license))
    .map(([place, { version = '', license = 'no licence' }]) => {
      const name = place.replace(/^.*node_modules\//, '');
      return (
        `${name} ${version} has ${license}, which is not on the list of scripts/dependency-faults.ts. Users get this package: ` +
        'take another, move it to devDependencies, or put the licence on the list if it asks for a notice alone.'
      );
    });
  return { faults, count: shipped.length };
}

const Audit = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({
      severity: z.string(),
      range: z.string().optional(),
      via: z.array(z.union([z.string(), z.object({ title: z.string().optional(), url: z.string().optional() })])),
    }),
  ),
});

/** High findings of `npm audit --json`; undefined where the registry gave no answer. */
export function auditFaults(answer: string): readonly string[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(answer);
  } catch {
    return undefined;
  }
  const audit = Audit.safeParse(json);
  if (!audit.success) return undefined;
  return Object.entries(audit.data.vulnerabilities)
    .filter(([, { severity }]) => severity === 'high' || severity === 'critical')
    .map(([name, { severity, range = '', via }]) => {
      const why = via.map((one) => (typeof one === 'string' ? one : `${one.title ?? ''} ${one.url ?? ''}`)).join('; ');
      return `${name} ${range} has a ${severity} finding: ${why.trim()}. Users get this package: raise it, or take another.`;
    });
}
