import { ALERTS, RUNBOOKS, type Runbook } from '../../src/telemetry/alerts.ts';
import { CONFIGURED_MODELS, MOST_MODELS, OTHER_MODEL, type LabelValues } from '../../src/telemetry/describe-metric.ts';
import { METRICS } from '../../src/telemetry/metric-name.ts';
import { OBJECTIVES } from '../../src/telemetry/objectives.ts';

const NOTE = 'This page is generated from `src/telemetry` by `npm run codegen`.';

const valuesOf = (values: LabelValues): string =>
  values === CONFIGURED_MODELS
    ? `the first ${MOST_MODELS} configured models, \`${OTHER_MODEL}\``
    : values.map((value) => `\`${value}\``).join(', ');

const labelsOf = (labels: Readonly<Record<string, LabelValues>>): string =>
  Object.entries(labels)
    .map(([label, values]) => `\`${label}\`: ${valuesOf(values)}`)
    .join('; ');

/** docs/metrics.md: every metric, objective and alert. */
export function metricsPage(): string {
  const metrics = Object.values(METRICS).map(
    ({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labelsOf(labels)} | ${help} |`,
  );
  const objectives = OBJECTIVES.map(({ key, title, target }) => `| \`${key}\` | ${title} | ${target * 100} % |`);
  const alerts = ALERTS.map(
    ({ name, severity, summary, for: held, runbook }) =>
      `| [${name}](runbooks/${runbook}.md) | ${severity} | ${held} | ${summary} |`,
  );
  return [
    '# Metrics, objectives and alerts',
    '',
    NOTE,
    '`GET /metrics` answers in the text format of Prometheus. Every series is there from the start, at zero. No label holds',
    'an ID or anything else that clients choose: views by tenant are those of the ledger (`usageTotals`).',
    '',
    '| metric | type | labels | meaning |',
    '| --- | --- | --- | --- |',
    ...metrics,
    '',
    '## Objectives',
    '',
    'Over 30 days. `deploy/prometheus/rules.yml` records the bad share of each, and alerts when the rest is used up too fast.',
    '',
    '| objective | what is counted | target |',
    '| --- | --- | --- |',
    ...objectives,
    '',
    '## Alerts',
    '',
    '`page`: somebody is called; `ticket`: within working hours. Each has a runbook.',
    '',
    '| alert | severity | for | says |',
    '| --- | --- | --- | --- |',
    ...alerts,
    '',
  ].join('\n');
}

/** docs/runbooks/NAME.md. */
export function runbookPage({ name, title, meaning, impact, steps }: Runbook): string {
  const expressions = ALERTS.filter(({ runbook }) => runbook === name).map(({ expression }) => expression);
  return [
    `# ${name}`,
    '',
    `${title.replace(/\.$/, '')}.`,
    '',
    `**Meaning.** ${meaning}`,
    '',
    `**Impact.** ${impact}`,
    '',
    '**What to do.**',
    '',
    ...steps.map((step, index) => `${index + 1}. ${step}`),
    '',
    'It fires on:',
    '',
    '```promql',
    ...expressions,
    '```',
    '',
    NOTE,
    '',
  ].join('\n');
}

/** Of each runbook its file and text. */
export const runbookPages = (): readonly (readonly [file: string, text: string])[] =>
  RUNBOOKS.map((runbook) => [`docs/runbooks/${runbook.name}.md`, runbookPage(runbook)]);
