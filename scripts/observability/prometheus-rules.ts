import { stringify } from 'yaml';
import type { ExampleSeries } from '../../src/telemetry/alert-example.ts';
import { ALERTS, type Alert } from '../../src/telemetry/alerts.ts';
import { badShareName, badShareOf, OBJECTIVES, WINDOWS } from '../../src/telemetry/objectives.ts';

const NOTE = '# Generated from src/telemetry by `npm run codegen`.\n';

/** deploy/prometheus/rules.yml: what is recorded of the objectives, and every alert. */
export function prometheusRules(): string {
  // What is recorded and what is told of it are one group: they are evaluated in this order.
  const objectives = OBJECTIVES.map((objective) => ({
    name: `iceos-${objective.key}`,
    interval: '30s',
    rules: [
      ...WINDOWS.map((window) => ({
        record: badShareName(window),
        expr: badShareOf(objective, window),
        labels: { objective: objective.key },
      })),
      ...ALERTS.filter(({ labels }) => labels?.['objective'] === objective.key).map(alertRule),
    ],
  }));
  const causes = ALERTS.filter(({ labels }) => labels === undefined).map(alertRule);
  const groups = [...objectives, { name: 'iceos-causes', rules: causes }];
  return NOTE + stringify({ groups }, { lineWidth: 0 });
}

const alertRule = ({ name, expression, for: held, severity, labels, summary, runbook }: Alert) => ({
  alert: name,
  expr: expression,
  for: held,
  labels: { severity, ...labels },
  annotations: { summary, runbook: `docs/runbooks/${runbook}.md` },
});

/** deploy/prometheus/rules.test.yml, for `promtool test rules`: each alert fires on its fault, and not without it. */
export function prometheusRuleTests(): string {
  const names = [...new Set(ALERTS.map(({ name }) => name))];
  const tests = names.flatMap((name) => {
    // Those of one name are the speeds of one objective, which all see what is bad for days.
    const alike = ALERTS.filter((alert) => alert.name === name);
    return alike.slice(0, 1).flatMap(({ fires }) => {
      const { fault, health, interval, at, labels: given } = fires;
      const test = (title: string, series: ExampleSeries, exp_alerts: readonly object[]) => ({
        name: `${name} ${title}`,
        interval,
        input_series: series.map(([selected, values]) => ({ series: selected, values })),
        alert_rule_test: [{ eval_time: at, alertname: name, exp_alerts }],
      });
      const expected = alike.map(({ severity, labels, summary, runbook }) => ({
        exp_labels: { severity, ...labels, ...given },
        exp_annotations: { summary, runbook: `docs/runbooks/${runbook}.md` },
      }));
      return [test('fires', fault, expected), ...(health === undefined ? [] : [test('is quiet', health, [])])];
    });
  });
  return NOTE + stringify({ rule_files: ['rules.yml'], evaluation_interval: '10m', tests }, { lineWidth: 0 });
}
