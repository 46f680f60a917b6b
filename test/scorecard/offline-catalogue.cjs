// Loaded into node-red-dev before it runs: answers what it would ask the Flow Library's catalogue, which CI cannot reach,
// and what it would ask the registry about Node-RED, from the two Node-RED lines that this repository installs.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const repository = join(__dirname, '..', '..');
const tools = join(repository, 'test', 'tools', 'node_modules');
const manifestOf = (modules) => require(join(modules, 'node-red', 'package.json'));

const latest = manifestOf(tools);
const maintained = manifestOf(join(repository, 'node_modules'));
/** By path, because the hosts are whatever the machine is set up to ask. */
const answers = {
  '/catalogue.json': { modules: [] },
  '/node-red': {
    'dist-tags': { latest: latest.version, 'v4-maintenance': maintained.version },
    versions: { [latest.version]: latest, [maintained.version]: maintained },
  },
};

const axios = createRequire(join(tools, 'node-red-dev', 'package.json'))('axios');
axios.get = async (url) => {
  const { pathname } = new URL(url);
  if (!Object.hasOwn(answers, pathname))
    throw new Error(`The scorecard asks for ${pathname}, which the offline catalogue does not know`);
  return { data: answers[pathname] };
};
