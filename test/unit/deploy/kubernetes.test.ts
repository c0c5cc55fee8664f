import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const documents = parseAllDocuments(await readFile('deploy/kubernetes/iceos.yaml', 'utf8'));
const objects = z
  .array(z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }), spec: z.unknown() }))
  .parse(documents.map((document) => document.toJS()));
const specOf = (kind: string): unknown => objects.find((each) => each.kind === kind)?.spec;

const Labels = z.record(z.string(), z.string());
const Variable = z.object({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() });
const Probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const Container = z.looseObject({
  env: z.array(Variable),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  startupProbe: Probe,
  livenessProbe: Probe,
  readinessProbe: Probe,
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }),
  resources: z.object({ limits: z.object({ memory: z.string() }) }),
  securityContext: z.unknown(),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
});
const Deployment = z.looseObject({
  replicas: z.number(),
  selector: z.object({ matchLabels: Labels }),
  template: z.object({
    metadata: z.object({ labels: Labels }),
    spec: z.looseObject({
      enableServiceLinks: z.boolean(),
      automountServiceAccountToken: z.boolean(),
      terminationGracePeriodSeconds: z.number(),
      securityContext: z.unknown(),
      containers: z.tuple([Container]),
      volumes: z.array(z.looseObject({ name: z.string(), emptyDir: z.unknown() })),
    }),
  }),
});

const deployment = Deployment.parse(specOf('Deployment'));
const { spec: pod, metadata } = deployment.template;
const [container] = pod.containers;
const settings = new Map(container.env.map(({ name, value }) => [name, value]));

describe('the deployment on Kubernetes', () => {
  it('can be read', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    expect(objects.map(({ kind }) => kind)).toEqual(['Service', 'PodDisruptionBudget', 'Deployment']);
  });

  it('has pods that its service, its budget and itself choose', () => {
    expect(deployment.selector.matchLabels).toEqual(metadata.labels);
    expect(specOf('Service')).toMatchObject({ selector: metadata.labels, ports: [{ targetPort: 'http' }] });
    expect(specOf('PodDisruptionBudget')).toMatchObject({ selector: { matchLabels: metadata.labels } });
    expect(deployment.replicas).toBeGreaterThan(1);
  });

  it('runs nothing below the full layer, and has the options that give it', () => {
    expect(settings.get('ICEOS_SANDBOX_LEAST_LAYER')).toBe('full');
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 10_001,
      runAsGroup: 10_001,
      seccompProfile: { type: 'Localhost', localhostProfile: 'iceos/seccomp.json' },
      appArmorProfile: { type: 'Unconfined' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('takes no settings from a service of its name, and no token of the cluster', () => {
    expect(pod.enableServiceLinks).toBe(false);
    expect(pod.automountServiceAccountToken).toBe(false);
  });

  it('has no secret in it', () => {
    const secret = container.env.filter(({ name }) => ['DATABASE_URL', 'ICEOS_METRICS_TOKEN'].includes(name));
    expect(secret.map(({ value, valueFrom }) => [value, valueFrom])).toEqual([
      [undefined, { secretKeyRef: { name: 'iceos', key: 'database-url' } }],
      [undefined, { secretKeyRef: { name: 'iceos', key: 'metrics-token' } }],
    ]);
  });

  it('asks the probes of the server', () => {
    const paths = [container.startupProbe, container.livenessProbe, container.readinessProbe];
    expect(paths.map(({ httpGet }) => httpGet.path)).toEqual(['/healthz', '/healthz', '/readyz']);
    expect(paths.every(({ httpGet }) => container.ports.some(({ name }) => name === httpGet.port))).toBe(true);
  });

  it('gives a pod the time to end well', () => {
    const grace = Number(settings.get('ICEOS_SHUTDOWN_GRACE_MS')) / 1_000;
    const needed = container.lifecycle.preStop.sleep.seconds + grace + 5;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(needed);
  });

  it('can write where the server and the launcher need a folder, and nowhere else', () => {
    expect(container.volumeMounts).toEqual([{ name: 'tmp', mountPath: '/tmp' }]);
    expect(pod.volumes.map(({ name }) => name)).toEqual(['tmp']);
    expect(settings.get('ICEOS_DATA_DIR')).toMatch(/^\/tmp\//);
  });
});
