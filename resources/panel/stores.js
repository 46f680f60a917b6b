// The section of the stores.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var sections = (panel.sections = panel.sections || {});

  function storeFacts(t, store) {
    var draw = panel.drawing;
    var stats = store.stats;
    if (!stats) return [];
    var kept = t('panel.store.kept', {
      keys: stats.liveKeys,
      waiting: stats.waiting,
      dead: store.deadLetters,
    });
    if (!stats.journal) return [draw.note(kept)];
    var size = draw.bytes(stats.journal.journalBytes + stats.journal.snapshotBytes);
    var times = {
      median: draw.milliseconds(stats.journal.fsyncMs.median),
      p99: draw.milliseconds(stats.journal.fsyncMs.p99),
    };
    return [
      draw.note(kept),
      draw.note(t('panel.store.disk', { size: size, median: times.median, p99: times.p99 })),
    ];
  }

  function waitingNotes(t, store) {
    return ['parked', 'local']
      .filter((kind) => store[kind] > 0)
      .map((kind) => panel.drawing.note(t('panel.store.' + kind, { count: store[kind] }), true));
  }

  function stores(t, snapshot) {
    var draw = panel.drawing;
    var rows = snapshot.stores.map(function (store) {
      var found = store.report.map(function (trouble) {
        return draw.note(panel.sentences.sentence(t, trouble, 'bitlane-store'));
      });
      var wrong = [store.reason].concat(store.lastErrors).map(function (trouble) {
        return sections.troubleNote(t, trouble, 'bitlane-store');
      });
      return draw.row({
        state: store.state,
        name: draw.nodeName('store', store.id, store.name || t('panel.part.store')),
        aside: sections.word(t, store.state),
        notes: [draw.note(store.folder)].concat(storeFacts(t, store), waitingNotes(t, store), wrong, found),
      });
    });
    return draw.section(
      'stores',
      t('panel.section.stores'),
      rows.concat(sections.silentRows(t, snapshot, ['store'])),
      t('panel.empty.stores'),
    );
  }

  sections.stores = stores;
})();
