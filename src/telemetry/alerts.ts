import { CAUSES } from './alert-causes.ts';
import type { Example } from './alert-example.ts';
import { badShareName, BURN_RATES, OBJECTIVES, type Objective } from './objectives.ts';

/** `page`: somebody is woken; `ticket`: within working hours; `none`: shows that alerts arrive at all. */
export type Severity = 'page' | 'ticket' | 'none';

/** A condition that somebody is told of, with what they do about it. */
export interface Alert {
  readonly name: string;
  readonly expression: string;
  /** For how long it must hold, such as `2m`. */
  readonly for: string;
  readonly severity: Severity;
  /** One sentence, for the message. */
  readonly summary: string;
  /** More labels than its severity. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The file below docs/runbooks, without its ending; several alerts may share it. */
  readonly runbook: string;
  readonly fires: Example;
}

/** What stands in a runbook: several alerts of one objective share one. */
export interface Runbook {
  readonly name: string;
  readonly title: string;
  readonly meaning: string;
  readonly impact: string;
  readonly steps: readonly string[];
}

const nameOf = ({ key }: Objective): string => `IceosObjective${key.slice(0, 1).toUpperCase()}${key.slice(1)}`;

const burnAlerts = (objective: Objective): readonly Alert[] =>
  BURN_RATES.map(({ factor, long, short, severity }) => {
    const { key, title, target, examples } = objective;
    const tooMuch = Number((factor * (1 - target)).toPrecision(4));
    const over = (window: string): string => `${badShareName(window)}{objective="${key}"} > ${tooMuch}`;
    return {
      name: nameOf(objective),
      expression: `${over(long)} and ${over(short)}`,
      for: '0s',
      severity,
      summary: `${title}: the budget of 30 days burns ${factor} times too fast, over ${long}.`,
      labels: { objective: key, window: long },
      fires: { interval: '2m', at: '7h', ...examples },
      runbook: nameOf(objective),
    };
  });

/** Every alert, by objective and by cause. */
export const ALERTS: readonly Alert[] = [
  ...OBJECTIVES.flatMap(burnAlerts),
  ...CAUSES.map(({ name, expression, for: held, severity, summary, fires }) => ({
    ...{ name, expression, for: held, severity, summary, runbook: name, fires },
  })),
];

/** One for each name of an alert. */
export const RUNBOOKS: readonly Runbook[] = [
  ...OBJECTIVES.map((objective) => {
    const { title, meaning, target, steps } = objective;
    const impact =
      `The objective is ${target * 100} % over 30 days. A page says that what it allows will be gone within days, a ` +
      'ticket that it will not last.';
    return { name: nameOf(objective), title, meaning, impact, steps };
  }),
  ...CAUSES.map(({ name, summary, meaning, impact, steps }) => ({ name, title: summary, meaning, impact, steps })),
];
