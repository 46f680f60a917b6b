// Prepares every dialog of the pack, without each having to ask for it. Loaded once, with the panel; runs in the editor.
(function () {
  'use strict';

  function watchType(type) {
    var definition = RED.nodes.getType(type);
    if (!definition || !definition.set || definition.set.module !== '@bitlane/node-red-bitrix24') return;
    if (definition.bitlaneWatched) return;
    definition.bitlaneWatched = true;
    var prepareOwn = definition.oneditprepare;
    definition.oneditprepare = function () {
      var node = this;
      if (prepareOwn) prepareOwn.call(node);
      window.bitlane.prepares.forEach(function (prepare) {
        prepare(node);
      });
    };
  }

  // The others put themselves into the list, each as it is loaded: the editor loads the files in no certain order. Each
  // gets the node of every dialog that opens, when its fields are filled in.
  window.bitlane = window.bitlane || {};
  window.bitlane.prepares = window.bitlane.prepares || [];
  RED.events.on('registry:node-type-added', watchType);
  RED.nodes.registry.getNodeTypes().forEach(watchType);
})();
