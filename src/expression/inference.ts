import type { CelNode } from './cel-node.ts';
import type { CelFunction } from './cel.ts';
import type { ExpressionFault } from './template.ts';
import { DYN, type ExpressionType, type TypeScope } from './types.ts';

/** What the inference of one expression knows and finds. */
export interface Inference {
  readonly source: string;
  readonly scope: TypeScope;
  readonly functions: readonly CelFunction[];
  readonly faults: ExpressionFault[];
}

/** Notes a fault at a node and goes on with a type that fits everywhere, so that one fault is told once. */
export function fault(inference: Inference, node: CelNode, message: string): ExpressionType {
  inference.faults.push({ message, expression: inference.source, start: node.start, end: node.end });
  return DYN;
}

/** The part of the expression that a node was parsed from. */
export const textOf = (inference: Inference, node: CelNode): string => inference.source.slice(node.start, node.end);
