// Makes the pictures of the README: runs the demo in colour and draws what a terminal would show, as SVG.
// Each picture is of a real run; a text that does not fit the drawing is an error, not a picture.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';

const PICTURES = { 'demo-range-too-wide': ['demo', 'range-too-wide'] };

const FONT_SIZE = 14;
const CELL = { width: 8.43, height: 20 };
const PADDING = 20;
const BAR = 38;
/** Columns that the table is drawn for where standard output is no terminal. */
const COLUMNS = 100;

const COLOR = {
  ground: '#12161c',
  bar: '#1b2129',
  edge: '#2f3742',
  text: '#d8dee6',
  dim: '#8b96a5',
  30: '#12161c',
  31: '#ff7b72',
  32: '#56d364',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76d9e6',
  37: '#ffffff',
  41: '#c9372c',
  42: '#1f7a37',
  43: '#8a6100',
};

mkdirSync('docs/pictures', { recursive: true });
for (const [name, words] of Object.entries(PICTURES)) {
  const { stdout, status } = spawnSync(process.execPath, ['dist/bin/relayproof.js', ...words, '--no-progress'], {
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '1', LC_ALL: 'C.UTF-8' },
  });
  if (status !== 0) throw new Error(`relayproof ${words.join(' ')} ended with ${status}`);
  writeFileSync(`docs/pictures/${name}.svg`, draw(`relayproof ${words.join(' ')}`, stdout.trimEnd().split('\n')));
}

/** Draw lines with SGR sequences (ECMA-48 section 8.3.117) as a terminal window. */
function draw(command, lines) {
  const shown = [
    [
      { text: '$ ', style: { dim: true } },
      { text: command, style: { bold: true } },
    ],
    [],
    ...lines.map(spans),
  ];
  const columns = Math.max(...shown.map((line) => line.reduce((sum, { text }) => sum + text.length, 0)));
  if (columns > COLUMNS) throw new Error(`a line of ${columns} columns does not fit ${COLUMNS}`);
  const width = Math.ceil(columns * CELL.width) + 2 * PADDING;
  const height = BAR + PADDING + shown.length * CELL.height + PADDING;
  const rows = shown.map((line, index) => drawLine(line, BAR + PADDING + index * CELL.height));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(`The output of ${command}`)}">
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="${COLOR.ground}" stroke="${COLOR.edge}"/>
<path d="M1 ${BAR}V11a10 10 0 0 1 10-10H${width - 11}a10 10 0 0 1 10 10V${BAR}Z" fill="${COLOR.bar}"/>
${[0, 1, 2].map((dot) => `<circle cx="${PADDING + 6 + dot * 20}" cy="${BAR / 2}" r="5.5" fill="${COLOR.edge}"/>`).join('')}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" xml:space="preserve">
${rows.join('\n')}
</g>
</svg>
`;
}

function drawLine(line, top) {
  const parts = [];
  let column = 0;
  for (const { text, style } of line) {
    const [x, length] = [PADDING + column * CELL.width, text.length * CELL.width];
    if (style.ground !== undefined) parts.push(rectangle(x, top, length, COLOR[style.ground]));
    column += text.length;
    if (text.trim() === '') continue;
    const fill = style.color === undefined ? (style.dim ? COLOR.dim : COLOR.text) : COLOR[style.color];
    // The width of every run is fixed, so that columns stand in line whatever font the reader has.
    const at = `x="${x.toFixed(2)}" y="${(top + 14).toFixed(1)}" textLength="${length.toFixed(2)}" lengthAdjust="spacingAndGlyphs"`;
    parts.push(`<text ${at} fill="${fill}"${style.bold ? ' font-weight="700"' : ''}>${escaped(text)}</text>`);
  }
  return parts.join('');
}

function rectangle(x, top, width, fill) {
  return `<rect x="${x.toFixed(2)}" y="${top - 1}" width="${width.toFixed(2)}" height="${CELL.height}" rx="3" fill="${fill}"/>`;
}

/** Split a line into runs of one style; leading spaces are runs of their own, since some renderers drop them. */
function spans(line) {
  const found = [];
  let style = {};
  for (const piece of line.split(/(\x1b\[[\d;]*m)/)) {
    const codes = /^\x1b\[([\d;]*)m$/.exec(piece)?.[1];
    if (codes === undefined) {
      for (const text of piece.match(/ {2,}|(?:(?! {2,}).)+/g) ?? []) found.push({ text, style });
      continue;
    }
    for (const code of codes.split(';').map(Number)) style = restyled(style, code);
  }
  return found;
}

function restyled(style, code) {
  if (code === 0) return {};
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, color: undefined };
  if (code === 49) return { ...style, ground: undefined };
  if (COLOR[code] === undefined) throw new Error(`SGR ${code} has no colour here`);
  return code < 40 ? { ...style, color: code } : { ...style, ground: code };
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
