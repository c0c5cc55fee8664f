import { HOST_PORT_FORM, parseHostPort } from '../../core/host-port.ts';
import type { Rule } from '../rule.ts';

/** Every host that a node asks for is a host and a port. */
export const grantHosts: Rule = {
  name: 'grant-hosts',
  severity: 'fault',
  check: ({ outline }) =>
    outline.nodes.flatMap(({ name, pointer, spec }) => {
      const hosts = spec.kind === 'tool' ? (spec.grants?.hosts ?? []) : [];
      return hosts.flatMap((host, at) => {
        if (parseHostPort(host) !== undefined) return [];
        const message = `Node "${name}" asks for the host ${JSON.stringify(host)}; write ${HOST_PORT_FORM}.`;
        return [{ path: `${pointer}/grants/hosts/${at}`, message }];
      });
    }),
};
