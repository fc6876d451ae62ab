// `npm run import-table`: each real-server scenario whose configuration is read, with the policy that it declares and the one
// that its configuration gives.
import { compare, READ } from '../import/scenarios.js';

const rows: string[][] = [['scenario', 'agreement', 'declared', 'imported', 'warns', 'not understood']];
for (const scenario of READ) {
  const { service, imported, agreement } = await compare(scenario);
  const { preset, relayHosts } = scenario.policy;
  rows.push([
    scenario.id,
    agreement,
    `${preset} ${relayHosts.join(' ')}`.trim(),
    `${service.preset} ${service.relayHosts.map(({ text }) => text).join(' ')}`.trim(),
    String(imported.warnings.length),
    String(imported.notUnderstood.length),
  ]);
}
const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
const lines = rows.map((row) =>
  row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd(),
);
process.stdout.write(`${lines.join('\n')}\n`);
if (rows.some(([, agreement]) => agreement === 'different')) process.exitCode = 1;
