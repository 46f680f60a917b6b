// What several sections of the Bitlane sidebar say alike.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var sections = (panel.sections = panel.sections || {});

  function troubleNote(t, trouble, nodeType) {
    return trouble && panel.drawing.note(panel.sentences.sentence(t, trouble, nodeType), true);
  }

  /** The state in words. */
  function word(t, state) {
    return panel.drawing.find(t, 'panel.state.' + state) || t('bitlane.status.' + state);
  }

  function silentRows(t, snapshot, kinds) {
    return snapshot.silent
      .filter(function (part) {
        return kinds.includes(part.kind);
      })
      .map(function (part) {
        return panel.drawing.row({
          state: 'failed',
          name: panel.drawing.nodeName('silent', part.id, part.name || t('panel.part.' + part.kind)),
          aside: t('panel.state.silent'),
          notes: [troubleNote(t, part.trouble)],
        });
      });
  }

  /** The worst of its places speaks for the bot. */
  function stateOfBot(bot) {
    var order = ['unusable', 'failed', 'starting', 'waiting', 'stopped', 'idle', 'working', 'ready'];
    var states = bot.portals.map(function (place) {
      return place.state;
    });
    return (
      order.find(function (each) {
        return states.includes(each);
      }) || 'idle'
    );
  }

  // The editor loads the files of the panel in any order.
  sections.troubleNote = troubleNote;
  sections.word = word;
  sections.silentRows = silentRows;
  sections.stateOfBot = stateOfBot;
})();
