// Lies in the user folder's nodes and tells the pack's overview of a node and a bot that do not work.
const { join } = require('node:path');

module.exports = function (RED) {
  const pack = join(RED.settings.userDir, 'node_modules/@bitlane/node-red-bitrix24/dist');
  const { overview } = require(join(pack, 'nodes/runtime/overview'));

  const node = { nodeId: 'r1', nodeType: 'dify-chatflow', nodeName: 'Questions of clients', at: Date.now() };
  overview.noteError({ ...node, code: 'DIFY_AUTH', message: 'HTTP 401' });

  const lastError = { code: 'BITRIX_AUTH', message: 'HTTP 401' };
  const places = [{ domain: 'shop.bitrix24.com', state: 'unusable', lastError }];
  const bot = { id: 'b1', name: 'My bot', code: 'helper', mode: 'webhook', portals: places };
  RED.httpAdmin.post('/made-up/bot', (_request, response) => {
    overview.add('bot', () => bot);
    response.sendStatus(204);
  });
};
