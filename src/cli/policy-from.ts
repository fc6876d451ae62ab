// `--policy-from product:file`: the policy that a server's own configuration states, as a layer below everything else that says
// something. Loaded only where it is asked for.
import type { ServicePolicy } from '../import/imported.js';
import { complain } from '../model/errors.js';
import { parseTarget } from '../model/target.js';
import { importFiles, importProduct } from './import-files.js';
import type { Values } from './options.js';
import { say } from './terminal.js';

const SUBJECT = '--policy-from';

/** What an imported policy says for one target, with where each value comes from. */
export interface ImportedLayer {
  readonly word: string;
  readonly values: Values;
  readonly origins: Readonly<Record<string, string>>;
}

/** Read the policy for each target: that of the service on its port. Warnings go to standard error. @throws UsageError */
export async function importedLayers(policyFrom: string, words: readonly string[]): Promise<readonly ImportedLayer[]> {
  const { services, localDomains, warnings } = await importedFrom(policyFrom);
  for (const { text, where } of warnings) say(`warning: ${where}: ${text}`);
  return words.map((word) => {
    const { port } = parseTarget(word);
    const service = services.find((one) => one.port === port) ?? services[0];
    return { word, ...layerOf(service, localDomains) };
  });
}

async function importedFrom(text: string) {
  const at = text.indexOf(':');
  const product = importProduct(text.slice(0, Math.max(at, 0)), SUBJECT);
  const paths = text
    .slice(at + 1)
    .split(',')
    .filter((path) => path !== '');
  if (paths.length === 0)
    throw complain({ subject: SUBJECT, problem: 'no file', got: text, want: 'product:file, as postfix:main.cf' });
  return importFiles(product, paths, SUBJECT);
}

function layerOf(
  service: ServicePolicy,
  localDomains: readonly { readonly text: string; readonly where: string }[],
): Pick<ImportedLayer, 'values' | 'origins'> {
  const hosts = service.relayHosts;
  const rows: readonly (readonly [keyof Values, unknown, string])[] = [
    ['policy', service.preset, service.because.where],
    ...(hosts.length === 0 ? [] : ([['relayHosts', hosts.map(({ text }) => [text]), hosts[0]?.where ?? '']] as const)),
    ...(localDomains.length === 0
      ? []
      : ([['localDomain', localDomains.map(({ text }) => text), localDomains[0]?.where ?? '']] as const)),
    ...(service.rules.length === 0
      ? []
      : ([['rules', ['basic', ...service.rules.map(({ text }) => text)], service.rules[0]?.where ?? '']] as const)),
  ];
  return {
    values: Object.fromEntries(rows.map(([key, value]) => [key, value])) as Values,
    origins: Object.fromEntries(rows.map(([key, , where]) => [key, where])),
  };
}
