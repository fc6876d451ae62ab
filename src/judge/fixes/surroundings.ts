// Causes outside the mail server: what stands before it gives it an address that is not the client's. Data.
import type { ProductFixes, Step } from './fix.js';

/** In the order in which they are met; each is one step with the documentation it follows. */
const STEPS: readonly (Step & { readonly follows: string })[] = [
  {
    text: "Docker: the userland proxy connects from the bridge's gateway; switch it off, or publish the port in host mode, and take the bridge network off the list",
    file: '/etc/docker/daemon.json',
    before: '"userland-proxy": true',
    after: '"userland-proxy": false',
    run: 'systemctl restart docker',
    follows: 'Docker documentation, "Packet filtering and firewalls"',
  },
  {
    text: 'Kubernetes: a service translates source addresses between nodes; keep traffic on the node that it came to',
    file: 'the Service',
    before: 'externalTrafficPolicy: Cluster',
    after: 'externalTrafficPolicy: Local',
    run: `kubectl patch service MAIL -p '{"spec":{"externalTrafficPolicy":"Local"}}'`,
    follows: 'Kubernetes documentation, "Using Source IP"',
  },
  {
    text: 'A TCP proxy without the PROXY protocol: every client has its address; send the header, and let the server expect it from the proxy alone',
    file: 'haproxy.cfg',
    before: 'server mail 192.0.2.25:25',
    after: 'server mail 192.0.2.25:10025 send-proxy-v2',
    run: 'systemctl reload haproxy',
    follows: 'PROXY protocol specification, section 2',
  },
  {
    text: "A load balancer in the list of approved hosts: whoever comes through it relays; take its addresses off the list, and the health check's as well",
    before: "the load balancer's address in the list",
    follows: 'PROXY protocol specification, section 2',
  },
];

export const SURROUNDINGS: ProductFixes = {
  product: 'what stands before the server',
  hosts: (networks) => networks.join(', '),
  fixes: {
    'source-not-as-claimed': {
      steps: STEPS.map(({ follows: _, ...step }) => step),
      follows: [...new Set(STEPS.map(({ follows }) => follows))],
    },
  },
};
