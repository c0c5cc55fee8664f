import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './build.ts';
import { framesIn, picture, sample } from './picture/svg.ts';

// The picture of the live view in README.md, from a real run of the demo in a terminal of its own: npm run picture
const COLUMNS = 76;
const ROWS = 20;
const FRAMES = 9;
const FILE = 'docs/live-view.svg';

// `script` of util-linux makes the terminal: without one the demo prints lines and draws nothing.
const demo = `stty cols ${COLUMNS} rows ${ROWS}; exec node --import tsx scripts/demo.ts --once`;
const child = spawn('script', ['--quiet', '--return', '--command', demo, '/dev/null'], {
  cwd: ROOT,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, TERM: 'xterm-256color', NO_COLOR: undefined },
});
let said = '';
child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
const [code] = await once(child, 'close');
const frames = framesIn(said);
if (code !== 0 || frames.length === 0)
  throw new Error(`The demo ended with ${String(code)} and drew ${frames.length} frames:\n${said}`);
await writeFile(path.join(ROOT, FILE), picture(sample(frames, FRAMES), COLUMNS));
console.log(`wrote ${FILE} from ${frames.length} frames`);
