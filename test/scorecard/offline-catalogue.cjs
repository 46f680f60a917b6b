// Loaded into node-red-dev before it runs: answers what it would ask the Flow Library's catalogue, which CI cannot reach,
// and what it would ask the registry about Node-RED, from the two Node-RED lines that this repository installs.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const repository = join(__dirname, '..', '..');
const tools = join(repository, 'test', 'tools', 'node_modules');
const manifestOf = (modules) => require(join(modules, 'node-red', 'package.json'));

const latest = manifestOf(tools);
const maintained = manifestOf(join(repository, 'node_modules'));
const answers = {
  'https://catalogue.nodered.org/catalogue.json': { modules: [] },
  'https://registry.npmjs.org/node-red': {
    'dist-tags': { latest: latest.version, 'v4-maintenance': maintained.version },
    versions: { [latest.version]: latest, [maintained.version]: maintained },
  },
};

const axios = createRequire(join(tools, 'node-red-dev', 'package.json'))('axios');
axios.get = async (url) => {
  if (!(url in answers))
    throw new Error(`The scorecard asks for ${url}, which the offline catalogue does not know`);
  return { data: answers[url] };
};
