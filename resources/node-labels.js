// A node without a name is labelled with what its config node is called. The editor draws a node anew when the node
// itself has changed, so it has to be told when it is the config node. Loaded by the pages of the config nodes.
(function () {
  'use strict';

  /** Also those that use it by way of another config node: a bot is named with its portal. */
  function drawUsersAnew(config) {
    (config.users || []).forEach(function (user) {
      user.dirty = true;
      drawUsersAnew(user);
    });
  }

  // Several pages load this file.
  if (window.bitlane && window.bitlane.drawsUsersAnew) return;
  window.bitlane = Object.assign(window.bitlane || {}, { drawsUsersAnew: true });
  // Comes before the editor draws what has changed.
  RED.events.on('nodes:change', function (node) {
    if (/^(?:bitlane|bitrix|dify|typebot|speechsense)-/.test(node.type)) drawUsersAnew(node);
  });
})();
