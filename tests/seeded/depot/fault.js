// The one fault that this server was started with, if any, and the names of all (from faults.toml).
'use strict';
const fs = require('fs');
const path = require('path');

const names = [...fs.readFileSync(path.join(__dirname, 'faults.toml'), 'utf8').matchAll(/^name = "(.*)"$/gm)].map((m) => m[1]);

function usage(message) {
  console.error(message);
  process.exit(2);
}

let port = 0;
let chosen = null;
const args = process.argv.slice(2);
while (args.length) {
  const arg = args.shift();
  if (arg === '--list-faults') {
    console.log(names.join('\n'));
    process.exit(0);
  } else if (arg === '--port') {
    port = Number(args.shift());
  } else if (arg === '--fault') {
    chosen = args.shift();
    if (!names.includes(chosen)) usage(`unknown fault: ${chosen}`);
  } else {
    usage(`unknown argument: ${arg}`);
  }
}

module.exports = { fault: (name) => name === chosen, port };
