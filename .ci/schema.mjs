// Writes report.schema.json from its one definition, src/config/report-schema.ts; a test says when it is not current.
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const { outputFiles } = await build({
  entryPoints: ['src/config/report-schema.ts'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const { reportJsonSchema } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);
writeFileSync('report.schema.json', reportJsonSchema());
