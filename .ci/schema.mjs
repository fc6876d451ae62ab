// Writes what is made from one definition elsewhere: report.schema.json, relayproof.schema.json, and the inputs of action.yml
// (from the table of options). Tests say when they are not current.
import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const ENTRY = `
export { reportJsonSchema } from './src/config/report-schema.js';
export { configJsonSchema } from './src/config/config-schema.js';
export { withActionInputs } from './test/ci/action-inputs.js';
export { CONFIG_ROWS } from './src/cli/config-rows.js';
`;

const { outputFiles } = await build({
  stdin: { contents: ENTRY, resolveDir: '.' },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire('file:///');",
  },
});
const { reportJsonSchema, configJsonSchema, withActionInputs, CONFIG_ROWS } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);
writeFileSync('report.schema.json', reportJsonSchema());
writeFileSync('relayproof.schema.json', configJsonSchema(CONFIG_ROWS));
writeFileSync('action.yml', withActionInputs(readFileSync('action.yml', 'utf8')));
