// Fields for ids of the portal offer what the portal has, by its names. Loaded once, with the panel; runs in the editor.
(function () {
  'use strict';

  function offer(node, input, kind) {
    window.bitlane.suggest(node, input, {
      ask: window.bitlane.createAsker(node, kind, ['portal']),
      isList: true,
      offer: function (found) {
        return {
          choices: found.map(function (one) {
            return { value: String(one.id), label: one.id + ' – ' + (one.name || '?') };
          }),
        };
      },
    });
  }

  function prepare(node) {
    // The mark of a field is the action of the node that answers for it.
    $('.red-ui-tray .bitlane-form input[data-offers]').each(function () {
      offer(node, $(this), $(this).attr('data-offers'));
    });
  }

  window.bitlane = window.bitlane || {};
  window.bitlane.prepares = (window.bitlane.prepares || []).concat(prepare);
})();
